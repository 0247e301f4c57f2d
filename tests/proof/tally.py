"""What a run of the crash matrix has struck: of one scene, and what the lines of several say together."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field

from tests.proof.gate import Point


@dataclass(frozen=True, slots=True)
class Totals:
    """In the order in which the line says them."""

    alone: int = 0
    pairs: int = 0
    reached: int = 0
    left_out: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return (
            f"{self.alone} single points and {self.pairs} pairs struck, both points of {self.reached} reached; "
            f"{self.left_out} left out, {self.failed} failed"
        )

    @classmethod
    def said(cls, told: str) -> "Totals | None":
        """The last such line of what somebody has told; None where there is none, as where its process died."""
        found = re.findall(re.sub(r"\d+", r"(\\d+)", str(cls())), told)
        return cls(*map(int, found[-1])) if found else None

    @classmethod
    def of(cls, every: Iterable["Totals"]) -> "Totals":
        return cls(*map(sum, zip(astuple(cls()), *map(astuple, every), strict=True)))


@dataclass(kw_only=True)
class Tally:
    """Of one scene."""

    alone: Counter[str] = field(default_factory=Counter)  # single points, by their kinds
    pairs: int = 0
    reached: int = 0  # pairs of which both points were
    left_out: int = 0  # singles and pairs that tellings did without
    failures: list[str] = field(default_factory=list)

    def struck(self, points: tuple[Point, ...], *, reached: int) -> None:
        if len(points) == 1:
            self.alone[points[0].kind] += 1
        else:
            self.pairs += 1
            self.reached += reached > 1

    def failed(self, said: str, error: Exception) -> None:
        self.failures.append(said)
        print(f"FAILED {said}:\n{type(error).__name__}: {error}", flush=True)

    @property
    def totals(self) -> Totals:
        return Totals(self.alone.total(), self.pairs, self.reached, self.left_out, len(self.failures))
