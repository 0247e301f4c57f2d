"""`repull classify [FILE|-]`: what the text of pull failures permits to say, a JSON line for each message."""

import argparse
import fileinput
import json
from collections.abc import Iterable, Iterator
from typing import Any

from functions.advice import remedy
from functions.classify import classify, image_of

_DESCRIPTION = """\
Reads messages, one a line: plain text, or JSON with `message` (an event, a corpus row; a whole log entry too).
Prints a JSON line for each: `cause`; `credential`, true only where the text permits that a node's credential is at
fault, which it never proves; `evidence`, the words that decided, with placeholders for names; `advice`.
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "classify",
        help="say what the text of a pull failure means",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="one message a line; - is standard input")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    with fileinput.input(options.file, encoding="utf-8", errors="replace") as lines:
        for message in _messages(lines):
            print(json.dumps(explain(message), ensure_ascii=False))
    return 0


def explain(message: str) -> dict[str, Any]:
    """What the text permits to say."""
    found = classify(message)
    return {
        "cause": found.cause.value,
        "credential": found.credential,
        "evidence": found.evidence,
        "advice": remedy(found.cause, image_of(message)),
    }


def _messages(lines: Iterable[str]) -> Iterator[str]:
    """One for each line that is not blank; a line that is no JSON object with a message is the message itself."""
    for line in lines:
        if text := line.strip():
            yield _message_in(text)


def _message_in(text: str) -> str:
    if not text.startswith("{"):
        return text
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text
    payload = read.get("jsonPayload", read)
    message = payload.get("message") if isinstance(payload, dict) else None
    return message if isinstance(message, str) else text
