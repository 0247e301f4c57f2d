"""A list of checks as people read it: marks, evidence, and the command that mends it, as wide as the terminal is.

In a pipe nothing is coloured and no line is broken, so that what is searched for is found.
"""

import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TextIO

from functions.model.verdict import MARKS, CheckResult, CheckStatus, Contrast, VerdictKind
from repull.survey import Report
from repull.written import as_json

FINE = (VerdictKind.RECOVERED, VerdictKind.GONE)
UNDECIDED = (VerdictKind.UNKNOWN, VerdictKind.PROPAGATING, VerdictKind.NOT_TRIED)

_GOOD_NEWS = ("pod", "node")
"""They fail where the pod waits no more, or where its node can pull: what is looked for is not so."""

_PLAIN = {"✅": "[ok]", "❌": "[no]", "❔": "[??]", "ℹ": "[i]", "…": "...", "→": "->"}
_COLOURS = {CheckStatus.PASS: "32", CheckStatus.FAIL: "31", CheckStatus.UNKNOWN: "33", CheckStatus.INFO: "36"}
_COMMAND = re.compile(
    r"^(.*?)[:,]? ((?:gcloud|kubectl|repull (?:abort|audit|classify|diagnose|pause|resume|start|status)) "
    r"(?:(?![:;] ).)+?)\.?$",
    re.DOTALL,
)
"""A sentence that ends with a command, which is to be copied in one piece."""
_WIDEST = 120
_NARROWEST = 40
_MOMENT = timedelta(seconds=5)
_CONTRAST = {Contrast.PROVEN: "proven", Contrast.ELIMINATION: "by elimination, which is no proof"}
_NAMED = 5
"""Pods that are named beside the one that was diagnosed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """How the reader's screen is. `width` is None where no line is to be broken."""

    width: int | None
    coloured: bool
    plain: bool  # marks of ASCII

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> "Page":
        screen = stream.isatty()
        columns = min(shutil.get_terminal_size().columns, _WIDEST)
        return cls(
            width=max(columns, _NARROWEST) if screen else None,
            coloured=screen and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb",
            plain=not _can_write(stream),
        )

    def report(self, report: Report) -> str:
        """One diagnosis."""
        return self._spelled("\n".join(self._lines(report)))

    def line(self, text: str) -> str:
        """A sentence of its own."""
        return self._spelled("\n".join(self._wrapped(text, "", "")))

    def table(self, rows: Sequence[Sequence[str]], indent: str = "") -> str:
        """Columns as wide as their contents; the last one is broken where it does not fit, or goes below."""
        printable = [[_printable(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*printable, strict=True)][:-1]
        lines: list[str] = []
        below = f"{indent}    "
        for *cells, last in printable:
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            first = indent + "".join(f"{cell}  " for cell in padded)
            if self.width is not None and len(first) - 2 >= self.width:  # no room for columns
                told = "  ".join(filter(None, (cell.strip() for cell in cells)))
                lines += self._wrapped(told, indent, f"{indent}  ")
                lines += self._wrapped(last, below, below) if last else []
                continue
            if self._belongs_below(last, first, below):
                lines += [first, *self._wrapped(last, below, below)]
            else:
                lines += self._wrapped(last, first, " " * len(first))
        return self._spelled("\n".join(line.rstrip() for line in lines))

    def _belongs_below(self, text: str, beside: str, below: str) -> bool:
        """Whether there is too little room for it beside the other columns, or a word of it would stick out."""
        if self.width is None or not text or len(beside + text) < self.width:
            return False
        longest = max(map(len, text.split()), default=0)
        return len(beside) > self.width // 2 or len(below) + longest < self.width <= len(beside) + longest

    def _lines(self, report: Report) -> Iterator[str]:
        verdict, status = report.verdict, status_of(report)
        title = f"{self._mark(status)} {verdict.kind}  {_whose(report)}"
        yield from self._wrapped(title, "", "   ", painted=verdict.kind, colour=f"1;{_COLOURS[status]}")
        if others := report.pods[1:]:
            named = ", ".join(others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
            yield from self._wrapped(f"and {len(others)} more for the same cause: {named}", "   ", "   ")
        asked = next((check.at for check in verdict.checks), None)
        if asked:
            yield f"   asked at {asked:%Y-%m-%d %H:%M:%S} UTC"
        yield ""
        column = max((len(check.name) for check in verdict.checks), default=0)
        for check in verdict.checks:
            failed = check.status is CheckStatus.FAIL and check.name in _GOOD_NEWS
            good = failed and verdict.kind is VerdictKind.RECOVERED
            told = replace(check, evidence=check.evidence + _another_time(check.at, asked))
            yield from self._check(replace(told, status=CheckStatus.PASS) if good else told, column)
        yield ""
        if verdict.contrast:
            yield from self._wrapped(f"{_CONTRAST[verdict.contrast]}: {verdict.contrast_evidence}", "   ", "   ")
            yield ""
        yield from self._advice(verdict.advice)

    def _check(self, check: CheckResult, column: int) -> Iterator[str]:
        mark, name = self._mark(check.status), check.name.ljust(column)
        rest = " " * (3 + _cells(mark) + 1 + column + 2)
        text = f"{mark} {name}  {check.evidence}"
        yield from self._wrapped(text, "   ", rest, painted=name, colour=_COLOURS[check.status])

    def _advice(self, advice: str) -> Iterator[str]:
        command = _COMMAND.match(_printable(advice))
        if command is None:
            yield from self._wrapped(advice, "   → ", "     ")
            return
        yield from self._wrapped(f"{command[1]}:", "   → ", "     ")
        yield f"     {self._painted(command[2], '1')}"

    def _mark(self, status: CheckStatus) -> str:
        """Always as wide as the others."""
        mark = _PLAIN[MARKS[status]] if self.plain else MARKS[status]
        return mark + " " * ((4 if self.plain else 2) - _cells(mark))

    def _wrapped(self, text: str, first: str, rest: str, *, painted: str = "", colour: str = "") -> list[str]:
        """`painted` is what is coloured of it: the escapes take no room on a line.

        Whatever else would steer a terminal is taken out: a registry, or whoever names images, may send anything.
        """
        text = _printable(text)
        lines = [first + text]
        if self.width is not None:
            lines = textwrap.wrap(
                text,
                self.width - 1,  # a mark is one character and two cells
                initial_indent=first,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [first]
        lines[0] = lines[0].replace(painted, self._painted(painted, colour), 1) if painted else lines[0]
        return lines

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.coloured else text

    def _spelled(self, text: str) -> str:
        if not self.plain:
            return text
        for mark, letters in _PLAIN.items():
            text = text.replace(mark, letters)
        return text.encode("ascii", "replace").decode()


def _whose(report: Report) -> str:
    """Whom it is about: a pod, or an image, and where."""
    subject = report.verdict.subject
    words = f"pod {report.pods[0]}" if report.pods else str(subject.image)
    return f"{words} on {subject.node}" if subject.node else words


def _another_time(at: datetime | None, asked: datetime | None) -> str:
    """Of an answer that is older than the rest, or later."""
    return f" (at {at:%H:%M:%S} UTC)" if at and asked and abs(at - asked) > _MOMENT else ""


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "\ufffd" for each in text.replace("\n", " "))


def _cells(mark: str) -> int:
    """East Asian wide characters take two cells (Unicode's annex 11)."""
    return sum(2 if unicodedata.east_asian_width(each) == "W" else 1 for each in mark)


def status_of(report: Report) -> CheckStatus:
    """The verdict in a mark."""
    if report.kind in FINE:
        return CheckStatus.PASS
    return CheckStatus.UNKNOWN if report.kind in UNDECIDED else CheckStatus.FAIL


def _can_write(stream: TextIO) -> bool:
    try:
        "".join(_PLAIN).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def tell(output: str, said: str, **fields: object) -> None:
    """One sentence; for scripts with its facts, as JSON."""
    page = Page.of(sys.stdout)
    print(as_json(fields | {"message": said}) if output == "json" else page.line(said))
