"""Text of strangers, as it may end up in status fields and log lines."""

import re

LONGEST = 500


def cut(text: str, limit: int = LONGEST) -> str:
    """At most `limit` characters, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def counted(number: int, noun: str) -> str:
    """A number of things: `1 node`, `2 nodes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def names(text: str, node: str) -> bool:
    """Whether the text names the node, and not only one whose longer name has this one in it."""
    return re.search(rf"(?<![\w.-]){re.escape(node)}(?![\w-])", text) is not None
