"""Data as text that the reader's screen or pipe can take, and how it gets there.

What the reader's encoding lacks is escaped, as JSON permits: a registry's answer may hold anything, half of a surrogate
pair too, which no encoding has.
"""

import json
import os
import sys
from typing import Any


def as_json(data: Any, *, indent: int | None = None) -> str:
    """In one line, where no indent is given."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return text if can_be_written(text) else json.dumps(data, indent=indent)


def can_be_written(text: str) -> bool:
    """To standard output."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def put(text: str, *, end: str = "\n") -> None:
    """Say it. A reader who has enough, as `head` has, changes nothing of what is done, and no exit code."""
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        nobody_reads()


def nobody_reads() -> None:
    """Standard output leads nowhere from now on: what is left of it can't fail once more when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
