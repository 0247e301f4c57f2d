"""What is pinned is used: a package that nobody imports any more is one to watch for nothing."""

import ast
import re
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    re.split("[=<>]", line)[0]
    for file in ("requirements.in", "requirements-dev.in")
    for line in (ROOT / file).read_text().splitlines()
    if line and not line.startswith(("#", "-r"))
]
NOT_IMPORTED = {
    "tzdata": "zoneinfo reads it",
    "sniffio": "httpx asks for it",
    "google-api-python-client": "its documents are read",
    "pytest-timeout": "pytest loads it",
    "pytest-xdist": "pytest loads it",
    "import-linter": "a command",
    "mypy": "a command",
    "ruff": "a command",
    "types-jsonschema": "mypy reads it",
    "types-PyYAML": "mypy reads it",
    "types-requests": "mypy reads it",
}


@cache
def imported() -> frozenset[str]:
    """The modules of the product, the sandbox, the tests and the tools."""
    found: set[str] = set()
    folders = ("functions", "repull", "sandbox", "tests", "bench", "tools")
    files = (ROOT / "main.py", *(file for folder in folders for file in (ROOT / folder).rglob("*.py")))
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        match node:
            case ast.Import(names=names):
                found.update(each.name for each in names)
            case ast.ImportFrom(module=str(module), names=names):
                found.update((module, *(f"{module}.{each.name}" for each in names)))
            case _:
                pass
    return frozenset(found)


def brings(package: str) -> set[str]:
    """The modules that are in its files."""
    files = (file for file in metadata.files(package) or () if file.suffix == ".py")
    paths = (file.parent if file.name == "__init__.py" else file.with_suffix("") for file in files)
    return {".".join(path.parts) for path in paths}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_pinned_is_imported_or_used_otherwise(package: str) -> None:
    assert bool(brings(package) & imported()) != (package in NOT_IMPORTED)


def test_nothing_else_is_called_used_otherwise() -> None:
    assert NOT_IMPORTED.keys() <= set(PACKAGES)
