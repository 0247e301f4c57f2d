"""A row of the table: a cause, the words that tell it, and an example of what is really printed."""

import re
from dataclasses import dataclass, field

from functions.model.verdict import Cause


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    cause: Cause
    words: tuple[str, ...]  # regular expressions, for text as `functions.wording` leaves it
    example: str
    places: tuple[str, ...] = ("^",)  # where they must have been said: the words count from the first of them on
    _words: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _place: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_words", re.compile("|".join(self.words)))
        object.__setattr__(self, "_place", re.compile("|".join(self.places)))

    def find(self, attempt: str) -> str | None:
        """The words that decide; None where the row knows nothing about it."""
        place = self._place.search(attempt)
        found = place and self._words.search(attempt, place.start())
        return found[0] if found else None


def status(codes: str, *, at: str = "") -> str:
    """An HTTP status where the runtimes print one, and nowhere else (`API error (500)` is the docker daemon's own)."""
    answered = rf"(?:[Ss]tatus(?: code)?|StatusCode|http code|HTTP)\b[^,;()]{{0,90}}?{at}"
    return rf"(?:{answered}|{at or '<[a-z ]*url>'}[:\s])\W*(?:from registry )?\b(?:{codes})\b"
