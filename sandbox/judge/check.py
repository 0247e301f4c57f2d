"""What a judge says: one sentence about the world, and whether it is true."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One sentence about the world, and whether it is true; `why` says what was found instead."""

    says: str
    holds: bool
    why: str = ""

    @property
    def line(self) -> str:
        return f"{'✅' if self.holds else '❌'} {self.says}{f': {self.why}' if self.why and not self.holds else ''}"


def empty(says: str, found: Iterable[str]) -> Check:
    """True where nothing to the contrary was found."""
    listed = list(found)
    return Check(says=says, holds=not listed, why="; ".join(listed))


def fails(says: str, why: str) -> Check:
    """Not true, and why."""
    return Check(says=says, holds=False, why=why)
