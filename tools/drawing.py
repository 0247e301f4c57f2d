"""What the pictures of docs/ are drawn with: a sheet that is readable on light and dark pages, cards, words, arrows."""

from collections.abc import Iterator, Sequence
from html import escape
from string import Template

Box = tuple[int, int, int, int]
"""x, y, width and height, in pixels."""
Point = tuple[int, int]

_SHEET = Template("""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $wide $high" role="img" aria-labelledby="title desc"
     font-family="ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="15">
  <title id="title">$title</title>
  <desc id="desc">$told</desc>
  <defs>
    <marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">
      <path d="M0 0 10 5 0 10z" fill="#5b6577"/>
    </marker>
    <style>
      .frame { fill: #eceff4; stroke: #c9d1dc; stroke-width: 1.2; stroke-dasharray: 5 4 }
      .card { fill: #ffffff; stroke: #c9d1dc; stroke-width: 1.2 }
      .cluster { fill: #eaf7ef; stroke: #8fcfa8; stroke-width: 1.2 }
      .topic { fill: #eaf1fe; stroke: #7ea6ec; stroke-width: 1.2 }
      .function { fill: #fff6e3; stroke: #e6c27a; stroke-width: 1.2 }
      .somebody { fill: #fdeeee; stroke: #e6a0a0; stroke-width: 1.2 }
      .time { fill: #eaf1fe; stroke: #7ea6ec; stroke-width: 1.2 }
      .repull { fill: #eaf7ef; stroke: #8fcfa8; stroke-width: 1.2 }
      .reads { fill: #7ea6ec }
      .writes { fill: #e0ab3f }
      .acts { fill: #d94a4a }
      .name { font-weight: 600; fill: #1d2533 }
      .small { font-size: 13px; fill: #55607a }
      .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12px; fill: #1d2533 }
      .road { fill: none; stroke: #5b6577; stroke-width: 1.8; marker-end: url(#tip) }
      .badge { fill: #1d2533 }
      .number { font-size: 12px; font-weight: 600; fill: #ffffff }
    </style>
  </defs>
  <rect width="$wide" height="$high" rx="18" fill="#f5f7fa"/>
$parts
</svg>
""")


def sheet(*, size: Point, title: str, told: str, parts: Sequence[str]) -> str:
    """The whole picture. `told` is what somebody hears who can't see it."""
    inner = "\n".join(f"  {each}" for each in parts)
    return _SHEET.substitute(wide=size[0], high=size[1], title=escape(title), told=escape(told), parts=inner)


def frame(box: Box, name: str) -> Iterator[str]:
    """Around what belongs together."""
    yield rectangle(box, "frame", 14)
    yield words((box[0] + 16, box[1] + 26), name, "name")


def card(box: Box, name: str, lines: Sequence[str], kind: str = "card") -> Iterator[str]:
    """A thing with its name, and what is to be known of it, in the middle of its height."""
    x, y, _, high = box
    yield rectangle(box, kind, 10)
    first = y + high // 2 + 5 - 9 * len(lines)
    yield words((x + 12, first), name, "name")
    for place, line in enumerate(lines, 1):
        yield words((x + 12, first + 18 * place), line, "small")


def arrow(way: Sequence[Point], at: Point, number: int) -> Iterator[str]:
    """From the first point to the last, with its number."""
    (x, y), *rest = way
    yield f'<path class="road" d="M{x} {y} {" ".join(f"L{x} {y}" for x, y in rest)}"/>'
    yield f'<circle class="badge" cx="{at[0]}" cy="{at[1]}" r="10"/>'
    yield f'<text class="number" x="{at[0]}" y="{at[1] + 4}" text-anchor="middle">{number}</text>'


def words(at: Point, text: str, kind: str) -> str:
    """A line of text that begins there."""
    return f'<text class="{kind}" x="{at[0]}" y="{at[1]}">{escape(text)}</text>'


def rectangle(box: Box, kind: str, round_: int) -> str:
    """With corners of that radius."""
    x, y, wide, high = box
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{wide}" height="{high}" rx="{round_}"/>'
