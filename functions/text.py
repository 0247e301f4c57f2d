"""Text of strangers, as it may end up in status fields and log lines."""

LONGEST = 500


def cut(text: str, limit: int = LONGEST) -> str:
    """At most `limit` characters, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
