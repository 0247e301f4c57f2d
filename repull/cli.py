"""The command line: which commands there are, and what their exit codes mean."""

import argparse
import os
import re
import sys
from collections.abc import Sequence

from functions.errors import BadInput, RepullError
from repull import abort, audit, classify, diagnose, pause, resume, start, status
from repull.written import nobody_reads

COMMANDS = (classify, diagnose, start, status, abort, pause, resume, audit)
EPILOG = "exit codes: 0 done, 1 it could not be done, 2 not understood; a command may have more"
_FIELDS = {
    "accept-outage",
    "delete-bare-pods",
    "delete-local-ssd",
    "delete-local-storage",
    "force",
    "image",
    "max-unavailable",
    "method",
    "reason",
}
"""Options of which a step message has the value."""
INTERRUPTED = 130  # as a shell says it


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    code = 0
    try:
        code = int(options.run(options))
        sys.stdout.flush()  # when the interpreter ends, nobody answers for what can't be written
    except BrokenPipeError:  # whoever reads has enough
        nobody_reads()
    except OSError as error:
        return _complain(": ".join(str(each) for each in (error.filename, error.strerror) if each) or str(error))
    except RepullError as error:
        return _complain(misunderstood(error), 2) if isinstance(error, BadInput) else _complain(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def misunderstood(error: BadInput) -> str:
    """As who typed it knows it: fields of a message by the options that fill them."""
    found = "is missing" if error.value == "''" else f"{error.value} is not accepted"
    accepted = re.sub(r"\b[a-z]+(?:[A-Z][a-z]+)+\b", lambda each: _option(each[0]), error.accepted)
    example = "" if error.example.startswith("{") else error.example  # a message
    said = f"{_option(error.field)} {found}; use {accepted}"
    return f"{said}, for example {example}" if example else said


def _option(field: str) -> str:
    """`field` itself, where no option is of its name."""
    if field == "nodes":
        return "NODE"
    words = re.sub(r"[A-Z]", lambda each: f"-{each[0].lower()}", field)
    return f"--{words}" if words in _FIELDS else field


def _complain(said: str, code: int = 1) -> int:
    print(f"repull: {said}", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:  # a full disk, which is what the complaint is about
        nobody_reads()
    return code


def command() -> int:
    """As installed under the name `repull`, whichever of its streams a shell or a daemon has closed."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdout is None:
        print("repull: standard output is closed, and nothing is done that nobody could read of", file=sys.stderr)
        return 1
    return main(sys.argv[1:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="repull", description="ImagePullBackOff on GKE, explained.", epilog=EPILOG)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser
