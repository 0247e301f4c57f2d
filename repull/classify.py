"""`repull classify [FILE|-]`: what the text of pull failures permits to say, a JSON line for each message."""

import argparse
import fileinput
import io
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from functions.advice import remedy
from functions.classify import classify, image_of
from functions.errors import BadInput
from repull import arguments
from repull.written import as_json

_DESCRIPTION = """\
Reads messages, one a line: plain text, or JSON with `message` and `reason` (an event, or a whole log entry).
Prints a JSON line for each: `cause`; `credential`, true only where the text permits that a node's credential is at
fault, which it never proves; `evidence`, the words that decided, with placeholders for names; `advice`.
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "classify",
        help="say what the text of a pull failure means",
        description=_DESCRIPTION,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=arguments.given,
        default="-",
        metavar="FILE",
        help="one message a line; - is standard input",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if isinstance(sys.stdin, io.TextIOWrapper):  # fileinput leaves it as the locale has it
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    try:
        with fileinput.input(options.file, encoding="utf-8", errors="replace") as lines:
            for message, reason in _messages(lines):
                print(as_json(explain(message, reason)))
    except OSError as error:
        if error.filename != options.file or " " not in options.file:
            raise
        raise BadInput(
            field="FILE",
            value=options.file,
            accepted="a file with a message on each line; a message itself goes to standard input",
            example="repull classify <<< 'pull QPS exceeded'",
        ) from error
    return 0


def explain(message: str, reason: str = "") -> dict[str, Any]:
    """What the text permits to say, and the event's reason where it has one."""
    found = classify(message, reason)
    return {
        "cause": found.cause.value,
        "credential": found.credential,
        "evidence": found.evidence,
        "advice": remedy(found.cause, image_of(message)),
    }


def _messages(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Message and reason of each line that is not blank; one that is no JSON with a message is the message itself."""
    for line in lines:
        if text := line.strip():
            yield _message_in(text)


def _message_in(text: str) -> tuple[str, str]:
    if not text.startswith("{"):
        return text, ""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text, ""
    payload = read.get("jsonPayload", read)
    if not isinstance(payload, dict) or not isinstance(payload.get("message"), str):
        return text, ""
    reason = payload.get("reason")
    return payload["message"], reason if isinstance(reason, str) else ""
