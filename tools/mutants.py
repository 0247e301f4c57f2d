"""Breaks the product in many small ways, each by itself, and sees that a test fails each time.

Usage: python -m tools.mutants [--jobs N] [WORD ...]

With words only those with one of them in their file's name or in what they say. Each mutation is made in a copy of the
tree, of which each job has its own, and only the tests that are named for it are run; before that once without any,
which also shows how long they take. One that no test notices has survived, and that is a failure; so is one whose text
is not in its file exactly once any more. Tests that don't end are taken to have noticed.
"""

import argparse
import importlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tools.mutations import MUTATIONS
from tools.mutations.row import Mutation

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("main.py", "functions", "infra", "repull", "sandbox", "tests", "pyproject.toml", "docs", "README.md")
KILLED = 1
"""The exit status of pytest where tests ran and one failed."""
NOTICED = ("killed", "no end")
LEAST_SECONDS, TIMES_AS_LONG = 60, 10
"""A run that takes so much longer than without a mutation doesn't end."""
OURS = frozenset({"main", "functions", "repull", "tests"})
"""Packages that a child imports from its own tree; the sandbox, which imports none of them, is the same in both."""
WARM = (
    *("functions.adapters.compute", "functions.refresh", "sandbox.world"),
    *("_hypothesis_pytestplugin", "anyio.pytest_plugin", "pytest_timeout", "xdist.plugin"),
    *("hypothesis.strategies", "pdb", "unittest.mock", "xml.etree.ElementTree"),
)
"""Imported once, for what they import: a child then begins at once."""
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Of plugins that were imported before pytest began."""
RING_ONE = ("-m", "not ring2 and not ring3")
"""Or each mutant starts a control plane, for nothing: the product is broken in the same way on every ring."""


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 where every mutation was noticed."""
    parser = argparse.ArgumentParser(description="Small mistakes, each of which must fail a test")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="that are tried at a time")
    parser.add_argument("words", nargs="*")
    asked = parser.parse_args(arguments)
    words = asked.words
    chosen = [each for each in MUTATIONS if not words or any(word in f"{each.file}: {each.says}" for word in words)]
    if not chosen:
        print(f"no mutation has one of these words: {' '.join(words)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    for name in WARM:
        importlib.import_module(name)
    by_tests: dict[tuple[str, ...], list[Mutation]] = {}
    for each in chosen:
        by_tests.setdefault(each.tests, []).append(each)
    sharing = get_context("fork")  # … what was imported
    with (
        TemporaryDirectory(prefix="repull-mutants-") as folder,
        ProcessPoolExecutor(asked.jobs, sharing, _begin, (Path(folder),)) as pool,
    ):
        killed = sum(pool.map(_killed, by_tests, by_tests.values()))
    print(f"{killed} of {len(chosen)} mutants killed; {time.monotonic() - began:.0f} s")
    return 0 if killed == len(chosen) else 1


def _begin(folder: Path) -> None:
    """A job's own tree, in which it stays."""
    tree = folder / str(os.getpid())
    tree.mkdir()
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tree / name)
    os.chdir(tree)


def _killed(tests: tuple[str, ...], mutations: Sequence[Mutation]) -> int:
    """How many of those that these tests must notice."""
    tree, killed = Path.cwd(), 0
    limit = _undisturbed(tree, tests)
    if not limit:
        print(f"without any mutation fails {', '.join(tests)}", flush=True)
        return 0
    for mutation in mutations:
        said = _try(tree, mutation, limit)
        print(f"{said:9} {mutation.file}: {mutation.says}", flush=True)
        killed += said in NOTICED
    return killed


def _undisturbed(tree: Path, tests: tuple[str, ...]) -> int:
    """After how many seconds these tests are taken not to end; 0 where they fail as it is."""
    began = time.monotonic()
    passed = _run(tree, tests, 3600) == 0
    return LEAST_SECONDS + TIMES_AS_LONG * int(time.monotonic() - began) if passed else 0


def _try(tree: Path, mutation: Mutation, limit: int) -> str:
    """What became of it: one of NOTICED, SURVIVED, or why it could not be tried."""
    path = tree / mutation.file
    text = path.read_text()
    if text.count(mutation.before) != 1:
        return "NOT FOUND"
    path.write_text(text.replace(mutation.before, mutation.after))
    try:
        status = _run(tree, mutation.tests, limit)
    finally:
        path.write_text(text)
    return {KILLED: "killed", -signal.SIGALRM: "no end", 0: "SURVIVED"}.get(status, f"BROKEN {status}")


def _run(tree: Path, tests: tuple[str, ...], limit: int) -> int:
    """The exit status of pytest in a child that shares what was imported here, but nothing of the tree's own."""
    child = os.fork()
    if child == 0:
        os._exit(_in_the_child(tree, tests, limit))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _in_the_child(tree: Path, tests: tuple[str, ...], limit: int) -> int:
    signal.alarm(limit)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    os.chdir(tree)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(tree), *(each for each in sys.path if Path(each or ROOT).resolve() != ROOT)]
    for name in [each for each in sys.modules if each.partition(".")[0] in OURS]:
        del sys.modules[name]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *QUIET, *RING_ONE, *tests]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
