"""Draws docs/architecture.svg from docs/architecture.toml, and writes what is behind each arrow below it.

Usage: python -m tools.architecture
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import drawing
from tools.drawing import Point

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs/architecture.toml"
PICTURE = ROOT / "docs/architecture.svg"
PAGE = ROOT / "docs/architecture.md"
_RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)"', re.MULTILINE)
_OBJECT = re.compile(r"^kind: (\w+)\nmetadata:\n  name: ([\w-]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrow:
    """`terraform` are resources, `cluster` objects as KIND/NAME, `code` dotted names."""

    number: int
    says: str
    way: tuple[Point, ...]
    at: Point
    terraform: tuple[str, ...]
    cluster: tuple[str, ...]
    code: tuple[str, ...]


def source() -> dict[str, Any]:
    """Frames, cards and arrows as they stand there."""
    return tomllib.loads(SOURCE.read_text())


def arrows() -> tuple[Arrow, ...]:
    """Numbered as they come."""
    return tuple(
        Arrow(
            number=number,
            says=each["says"],
            way=tuple((x, y) for x, y in each["way"]),
            at=(each["at"][0], each["at"][1]),
            terraform=tuple(each["terraform"]),
            cluster=tuple(each.get("cluster", ())),
            code=tuple(each["code"]),
        )
        for number, each in enumerate(source()["arrow"], 1)
    )


def picture() -> str:
    """Frames, cards, arrows."""
    found = source()
    parts = [part for each in found["frame"] for part in drawing.frame(each["box"], each["name"])]
    for each in found["card"]:
        parts += drawing.card(each["box"], each["name"], each["lines"], each.get("kind", "card"))
    for arrow in arrows():
        parts += drawing.arrow(arrow.way, arrow.at, arrow.number)
    told = " ".join(f"{each.number}: {each.says}." for each in arrows())
    wide, high = found["size"]
    return drawing.sheet(size=(wide, high), title="The architecture of repull", told=told, parts=parts)


def resources() -> dict[str, Path]:
    """Every resource of the Terraform configuration, as TYPE.NAME, and the file that makes it."""
    files = sorted((ROOT / "infra/terraform").glob("*.tf"))
    return {f"{type_}.{name}": file for file in files for type_, name in _RESOURCE.findall(file.read_text())}


def objects() -> dict[str, Path]:
    """Every object that is applied to a cluster, as KIND/NAME, and its file."""
    files = sorted((ROOT / "infra/cluster").rglob("*.yaml"))
    return {f"{kind}/{name}": file for file in files for kind, name in _OBJECT.findall(file.read_text())}


def module(name: str) -> Path:
    """The file that defines a dotted name. Raises LookupError where none does."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length]).with_suffix(".py")
        if path.exists() and _defines(ast.parse(path.read_text()).body, parts[length:]):
            return path
    raise LookupError(f"nothing in the code is called {name}")


def _defines(body: list[ast.stmt], names: list[str]) -> bool:
    """Read, not imported: main.py wants settings."""
    if not names:
        return True
    for each in body:
        match each:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name == names[0]:
                return _defines(each.body, names[1:])
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if [name] == names:
                return True
            case _:
                continue
    return False


def table() -> str:
    """What is behind each arrow, as Markdown."""
    rows = ["| # | what passes | made by | code |", "|---|---|---|---|"]
    for each in arrows():
        made = ", ".join(links((*each.terraform, *each.cluster)))
        code = ", ".join(_link(name, module(name)) for name in each.code)
        rows.append(f"| {each.number} | {each.says} | {made} | {code} |")
    return "\n".join(rows)


def links(names: Iterable[str]) -> Iterator[str]:
    """Resources and objects, each with its file. Raises KeyError where there is none."""
    made_by = resources() | objects()
    for name in names:
        yield _link(name, made_by[name])


def _link(name: str, file: Path) -> str:
    return f"[`{name}`](../{file.relative_to(ROOT)})"


def rewritten(text: str, what: str, table: str) -> str:
    """A page with the present table between the two comments that say where."""
    begin, end = f"<!-- {what} -->", f"<!-- /{what} -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"


if __name__ == "__main__":
    PICTURE.write_text(picture())
    PAGE.write_text(rewritten(PAGE.read_text(), "arrows", table()))
