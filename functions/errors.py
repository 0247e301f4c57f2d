"""Few errors, each named for what its catcher should do.

The adapters translate every client library's errors into these.
"""

import json


class RepullError(Exception):
    """Base of all."""

    def __init__(self, *args: object) -> None:
        self.about: dict[str, str] = {}  # whom it is about, where that is known, by the fields of the audit trail
        super().__init__(*args)


class BadInput(RepullError):
    """Input that can never succeed: say which field, what was found, what is accepted, and keep it."""

    def __init__(self, *, field: str, value: object, accepted: str, example: str = "") -> None:
        self.field = field
        self.value = _short(value)
        self.accepted = accepted
        self.example = example
        found = "it is missing" if value == "" else f"{self.value} is not accepted"
        super().__init__(f"{field}: {found}; use {accepted}" + (f", for example {example}" if example else ""))


class NotOurs(RepullError):
    """Noise: well-formed, but about something that is not ours to handle. Count it and acknowledge."""


class Retryable(RepullError):
    """It should have worked and did not: an outage, a throttled or unanswered call. Deliver the message again."""


class NotNow(Retryable):
    """The outside said "not now", and it passes by itself: the call was certainly not made."""


class Conflict(RepullError):
    """A compare-and-set lost: somebody wrote first. Read again and decide anew."""


class NotFound(RepullError):
    """The object is not there (any more), where a port's method cannot answer None."""


class Refused(RepullError):
    """The outside understood and said no (forbidden, invalid).

    Repeating it changes nothing; the message names the remedy.
    """


class HolderLost(RepullError):
    """The invocation is no longer the slot's holder, or its time is up: it must not change anything any more."""


def _short(value: object, limit: int = 120) -> str:
    """A value as it may appear in a log line: quoted, control characters escaped, cut; true, false and null as in JSON.

    Lists and objects are Python's: some are too deep to be written as JSON.
    """
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
