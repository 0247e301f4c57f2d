"""What is deployed is what the project means to deploy."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import functions
from functions.settings import REQUIRED, variable

ROOT = Path(__file__).parents[2]
PRODUCT = (ROOT / "main.py", *sorted(ROOT.glob("functions/**/*.py")))


def imported(path: Path) -> Iterator[str]:
    """Every module that the file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def strangers(*paths: Path) -> set[str]:
    """Top-level names of what the files import beside the standard library and the product."""
    names = {name.partition(".")[0] for path in paths for name in imported(path)}
    return names - sys.stdlib_module_names - {"functions"}


def test_the_package_functions_is_ours() -> None:
    """functions-framework appends the source folder to sys.path, so an installed package of that name would win."""
    assert Path(functions.__file__ or "").is_relative_to(ROOT)


def test_the_entry_points_import_the_product_and_the_framework_and_nothing_else() -> None:
    """Flask and Werkzeug are what functions-framework serves with."""
    assert strangers(ROOT / "main.py") <= {"functions_framework", "cloudevents", "flask", "werkzeug"}


def test_everything_that_the_product_imports_is_a_deployed_requirement() -> None:
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    providers = packages_distributions()

    unpinned = {
        name for name in strangers(*PRODUCT) if not {provider.lower() for provider in providers.get(name, ())} & pinned
    }

    assert unpinned == set()


def test_the_lock_for_tools_deploys_the_same_versions() -> None:
    deployed, tools = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE))
        for file in ("requirements.txt", "requirements-dev.txt")
    )

    assert {name: version for name, version in deployed.items() if tools.get(name) != version} == {}


def test_both_entry_points_are_deployed_with_every_required_setting() -> None:
    terraform = "".join(path.read_text() for path in (ROOT / "infra/terraform").glob("*.tf"))
    entry_points = re.findall(r'^ +entry_point += "(\w+)"$', terraform, re.MULTILINE)
    defined = {
        node.name for node in ast.parse((ROOT / "main.py").read_text()).body if isinstance(node, ast.FunctionDef)
    }
    given = set(re.findall(r"^ +(REPULL_\w+) += \S", terraform, re.MULTILINE))

    assert entry_points == ["on_pull_event", "on_refresh_step"]
    assert set(entry_points) <= defined
    assert {variable(name) for name in REQUIRED} <= given


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_only_the_product_leaves_the_tree(tmp_path: Path) -> None:
    """Git reads the file as gcloud does: the syntax is the same."""
    for path in (
        "main.py",
        "requirements.txt",
        "functions/ports.py",
        "sandbox/world.py",
        "tests/test_it.py",
        "README.md",
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    command = ["git", "-C", str(tmp_path), "ls-files", "--others", f"--exclude-from={ROOT / '.gcloudignore'}"]

    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert listed == ["functions/ports.py", "main.py", "requirements.txt"]
