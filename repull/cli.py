"""The command line: which commands there are, and what their exit codes mean."""

import argparse
import os
import sys
from collections.abc import Sequence

from functions.errors import BadInput, RepullError
from repull import abort, audit, classify, diagnose, pause, resume, start, status

COMMANDS = (classify, diagnose, start, status, abort, pause, resume, audit)
EPILOG = "exit codes: 0 done, 1 it could not be done, 2 not understood; a command may have more"
INTERRUPTED = 130  # as a shell says it


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    code = 0
    try:
        code = int(options.run(options))
        sys.stdout.flush()  # when the interpreter ends, nobody answers for what can't be written
    except BrokenPipeError:  # whoever reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _complain(error)
    except RepullError as error:
        return _complain(error, 2 if isinstance(error, BadInput) else 1)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _complain(error: Exception, code: int = 1) -> int:
    print(f"repull: {error}", file=sys.stderr)
    return code


def command() -> int:
    """As installed under the name `repull`."""
    return main(sys.argv[1:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="repull", description="ImagePullBackOff on GKE, explained.", epilog=EPILOG)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser
