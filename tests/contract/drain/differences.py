"""The differences from kubectl that are meant: each is a heading of docs/drain.md, which says why."""

from enum import StrEnum


class Difference(StrEnum):
    """The heading, word for word."""

    BEFORE_THE_CORDON = "Refused before the cordon"
    GIVEN_BACK = "Given back when it can't end"
    GOING = "A pod that is going needs no consent"
    STUCK = "A pod that never goes is left to the reset"
    PACED = "No faster than the replacements come up"
    UNTIL_EMPTY = "Listed again until empty"
    PROBES = "Probes of our own"
    JITTER = "Asked again with jitter"
