"""Data as text that the reader's screen or pipe can take: what its encoding lacks is escaped, as JSON permits.

A registry's answer may hold anything, half of a surrogate pair too, which no encoding has.
"""

import json
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
