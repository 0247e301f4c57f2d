"""Documentation that is wrong fails here."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from pkgutil import resolve_name

import pytest

from functions.model.refresh import Phase
from functions.settings import Settings, variable
from sandbox.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
README = (ROOT / "README.md").read_text()


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of every table row between `heading` and the next heading of its level."""
    section = text.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(cells[0]) <= set("-:"):
            yield cells


def page(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_setting_stands_in_the_readme_with_its_default() -> None:
    documented = {name.strip("`"): default.strip("`") for name, default, _ in rows(README, "## Settings")}
    del documented["variable"]
    actual = {}
    for field in fields(Settings):
        default = "required" if field.default is MISSING else str(field.default or "").removesuffix(".0")
        actual[variable(field.name)] = default or ("the image's own host" if field.default == "" else "none")

    assert documented == actual


def test_every_dependency_stands_in_the_readme_with_its_reason() -> None:
    documented = [
        name.strip() for cells in rows(README, "## Dependencies") for name in cells[0].split(",") if name != "package"
    ]
    pinned = [
        re.split("[=<>]", line)[0]
        for file in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / file).read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    ]

    assert sorted(documented) == sorted(pinned)


def test_every_phase_has_its_paragraph_and_its_place_in_the_diagram() -> None:
    text = (ROOT / "docs/refresh.md").read_text()
    diagram = text.split("```")[1]
    headings = re.findall(r"^## (\S+)$", text, re.MULTILINE)

    assert [heading for heading in headings if heading in set(Phase)] == list(Phase)
    assert [phase for phase in Phase if phase not in diagram] == []


def test_every_scenario_is_told_in_the_order_in_which_they_are_listed() -> None:
    told = [cells[0].strip("`") for cells in rows((ROOT / "docs/sandbox.md").read_text(), "## Scenarios")]

    assert told == ["scenario", *SCENARIOS]


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_every_link_resolves(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)

    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"`((?:functions|sandbox|tests|infra|docs|tools|bench)/[\w./-]+)`", path.read_text())

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_every_name_of_the_product_that_is_mentioned_exists(path: Path) -> None:
    mentioned = set(re.findall(r"`(functions(?:\.\w+)+)`", path.read_text()))

    assert [name for name in mentioned if not exists(name)] == []


def exists(name: str) -> bool:
    try:
        return resolve_name(name) is not None
    except (ImportError, AttributeError):
        return False


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_one_sentence_per_line(path: Path) -> None:
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL).splitlines()
    crowded = [line for line in prose if not line.startswith("|") and re.search(r"[a-z)`][.?!] [A-Z]", line)]

    assert crowded == []


def test_make_help_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split()) - {"help"}
    explained = set(re.findall(r"@echo 'make (\w+)", makefile))

    assert explained == targets
