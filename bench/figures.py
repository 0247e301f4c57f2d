"""A figure, its floor, and the table that people read."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What was measured. The floor is the most it may be, or the least where `at_least` says so.

    `without` is what the promise speaks of and this was measured without, if anything: then it is short.
    """

    name: str
    value: float
    floor: float
    unit: str = ""
    at_least: bool = False
    detail: str = ""
    without: str = ""

    @property
    def passes(self) -> bool:
        if self.without:
            return False
        return self.value >= self.floor if self.at_least else self.value <= self.floor


def table(figures: Iterable[Figure]) -> str:
    """One line per figure: what it is, how much, what was promised, and whether it holds."""
    rows = [("figure", "value", "floor", "", "")]
    rows += [
        (
            figure.name,
            _amount(figure.value, figure.unit),
            f"{'≥' if figure.at_least else '≤'} {_amount(figure.floor, figure.unit)}",
            "pass" if figure.passes else "SHORT",
            "; ".join(filter(None, (figure.detail, figure.without and f"measured without {figure.without}"))),
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {floor:>{widths[2]}}  {verdict:<{widths[3]}}  {detail}".rstrip()
        for name, value, floor, verdict, detail in rows
    )


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
