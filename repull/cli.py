"""The command line: which commands there are, and what their exit codes mean."""

import argparse
import os
import sys
from collections.abc import Sequence

from repull import classify

COMMANDS = (classify,)
EPILOG = "exit codes: 0 done, 1 it could not be done, 2 not understood"


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # whoever reads has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"repull: {error}", file=sys.stderr)
        return 1


def command() -> int:
    """As installed under the name `repull`."""
    return main(sys.argv[1:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="repull", description="ImagePullBackOff on GKE, explained.", epilog=EPILOG)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser
