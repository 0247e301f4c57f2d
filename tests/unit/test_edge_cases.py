"""docs/edge-cases.md has every situation, and the tests that it names exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAST = 65

ROWS = {
    int(found[1]): found[2]
    for found in re.finditer(r"^\| (\d+) \|.*\| ([^|]+) \|$", (ROOT / "docs/edge-cases.md").read_text(), re.MULTILINE)
}


@cache
def named_in(file: str) -> frozenset[str]:
    nodes = ast.walk(ast.parse((ROOT / file).read_text()))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_situation_has_its_row() -> None:
    assert list(ROWS) == list(range(1, LAST + 1))


@pytest.mark.parametrize("number", ROWS)
def test_a_situation_names_tests_that_exist(number: int) -> None:
    named = re.findall(r"`([^`:]+)::(\w+)`", ROWS[number])
    assert named
    for file, test in named:
        assert test in named_in(file), f"{file} has no {test}"
