"""Draws docs/diagnosis.svg from the code: the table of checks of `functions.diagnose`, and what its functions return.

Usage: python -m tools.diagnosis_chart
"""

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from functions import diagnose
from functions.announcing import NO_WARNING, NOTHING_TO_SAY
from functions.inquiry import Inquiry
from functions.model.verdict import VerdictKind
from tools.drawing import sheet

CHART = Path(__file__).parents[1] / "docs/diagnosis.svg"

_ROW = re.compile(r"^\| *(\d*) *\| (\w+) \| `(\w+)`: (.+) \|$", re.MULTILINE)
_LEFT, _WIDE, _HIGH, _STEP, _FIRST = 36, 440, 46, 62, 90  # the boxes of the checks, in pixels
_RIGHT, _BETWEEN, _LETTER = 536, 8, 7.6  # the verdicts beside them, and what a letter of theirs takes
_LEGEND = {"somebody": "somebody must act", "time": "time mends it", "repull": "repull renews nodes"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A row of the table, and how it may end the diagnosis, besides by not being answered."""

    number: str
    name: str
    question: str
    verdicts: tuple[VerdictKind, ...]


def checks() -> tuple[Check, ...]:
    """In the order in which they are made."""
    code = ast.parse(inspect.getsource(diagnose)).body
    judges = {each.name: each for each in code if isinstance(each, ast.FunctionDef)}
    return tuple(
        Check(number=number, name=name, question=question, verdicts=_verdicts(judges[judge]))
        for number, name, judge, question in _ROW.findall(diagnose.__doc__ or "")
    )


def _verdicts(judge: ast.FunctionDef) -> tuple[VerdictKind, ...]:
    """Those that a function names; UNKNOWN where it names none."""
    return tuple(dict.fromkeys(_named(judge))) or (VerdictKind.UNKNOWN,)


def _named(judge: ast.FunctionDef) -> Iterator[VerdictKind]:
    """By itself, or by one of the module's tables."""
    for node in ast.walk(judge):
        match node:
            case ast.Attribute(value=ast.Name(id="VerdictKind"), attr=kind):
                yield VerdictKind[kind]
            case ast.Name(id=name) if isinstance(table := getattr(diagnose, name, None), dict):
                yield from table.values()


def chart(rows: Sequence[Check]) -> str:
    """The picture: a check below the other, and beside each how it may end the diagnosis."""
    end = _FIRST + _STEP * len(rows)
    told = [f"{each.name}: {each.question} If not, {' or '.join(each.verdicts)}." for each in rows]
    parts = [*_box(_FIRST - _STEP, "a pull failure", "the kubelet's event: a hint, and never a proof")]
    for y, each in zip(range(_FIRST, end, _STEP), rows, strict=True):
        parts += _down(y, "" if y == _FIRST else "yes")
        parts += _box(y, f"{each.number}  {each.name}".strip(), each.question)
        parts += _across(y, "no")
        parts += _chips(y, each.verdicts)
    parts += _down(end, "yes")
    parts += _box(end, "only the node is left to blame", "it may read, and is denied: the nodes are probed")
    parts += _across(end, "")
    parts += _chips(end, (Inquiry.otherwise,))
    parts += _text(_LEFT, end + 88, "What can't be found out ends it at any check:")
    parts += _chips(end + _STEP, (VerdictKind.UNKNOWN,), x=346)
    parts += _legend(end + 126)
    whole = " ".join((*told, f"Otherwise {Inquiry.otherwise}."))
    return sheet(size=(1000, end + 152), title="How a verdict is found", told=whole, parts=parts)


def _box(y: int, name: str, line: str) -> Iterator[str]:
    yield f'<rect class="card" x="{_LEFT}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="10"/>'
    yield f'<text class="name" x="{_LEFT + 14}" y="{y + 19}">{escape(name)}</text>'
    yield from _text(_LEFT + 14, y + 37, line)


def _text(x: float, y: float, words: str) -> Iterator[str]:
    if words:
        yield f'<text class="small" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _down(y: int, answer: str) -> Iterator[str]:
    """From the box above."""
    yield f'<path class="road" d="M{_LEFT + 40} {y - _STEP + _HIGH} V{y - 1}"/>'
    yield from _text(_LEFT + 50, y - 4, answer)


def _across(y: int, answer: str) -> Iterator[str]:
    yield f'<path class="road" d="M{_LEFT + _WIDE} {y + _HIGH // 2} H{_RIGHT - 1}"/>'
    yield from _text(_LEFT + _WIDE + 18, y + _HIGH // 2 - 6, answer)


def _chips(y: int, kinds: Sequence[VerdictKind], *, x: float = _RIGHT) -> Iterator[str]:
    for kind in kinds:
        wide = len(kind) * _LETTER + 14
        yield f'<rect class="{_whose(kind)}" x="{x:g}" y="{y + 9}" width="{wide:g}" height="28" rx="14"/>'
        yield f'<text class="code" x="{x + wide / 2:g}" y="{y + 27}" text-anchor="middle">{kind}</text>'
        x += wide + _BETWEEN


def _whose(kind: VerdictKind) -> str:
    """Who mends what a verdict says."""
    if kind is VerdictKind.STALE_CREDENTIALS:
        return "repull"
    return "time" if kind in (*NO_WARNING, *NOTHING_TO_SAY) else "somebody"


def _legend(y: int) -> Iterator[str]:
    for place, (colour, words) in enumerate(_LEGEND.items()):
        x = _LEFT + 190 * place
        yield f'<rect class="{colour}" x="{x}" y="{y - 12}" width="26" height="16" rx="8"/>'
        yield from _text(x + 34, y, words)


if __name__ == "__main__":
    CHART.write_text(chart(checks()))
