"""The tables of mutations and breakages keep up with the code; `make mutants` and `make teeth` try each."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.proof.disorder.breakages import BREAKAGES
from tools import mutants
from tools.mutations import MUTATIONS
from tools.mutations.row import Mutation

ROOT = Path(__file__).parents[2]
LEAST = 100


@cache
def source(path: str) -> str:
    return (ROOT / path).read_text()


@cache
def functions_in(path: str) -> frozenset[str]:
    return frozenset(each.name for each in ast.parse(source(path)).body if isinstance(each, ast.FunctionDef))


def broken(mutation: Mutation) -> str:
    return source(mutation.file).replace(mutation.before, mutation.after)


def test_what_is_broken_stands_there_once() -> None:
    found = [f"{each.file}: {each.before!r}" for each in MUTATIONS if source(each.file).count(each.before) != 1]
    assert found == []


def test_what_must_notice_it_is_there() -> None:
    for test in dict.fromkeys(test for each in MUTATIONS for test in each.tests):
        path, _, name = test.partition("::")
        assert name.partition("[")[0] in functions_in(path) | {""}, test


def test_what_is_made_of_it_is_python_and_something_else() -> None:
    for each in MUTATIONS:
        assert ast.dump(ast.parse(broken(each))) != ast.dump(ast.parse(source(each.file))), each.says


def test_no_mutation_is_there_twice() -> None:
    made = {(each.file, broken(each)) for each in MUTATIONS}
    assert len(made) == len({each.says for each in MUTATIONS}) == len(MUTATIONS)
    assert len(MUTATIONS) >= LEAST


def test_what_the_disorder_must_find_stands_there_once() -> None:
    edits = [edit for each in BREAKAGES for edit in each.edits]
    assert [edit for edit in edits if source(edit.file).count(edit.before) != 1] == []


def test_words_that_no_file_has_are_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(("no-such-file",)) == 2
    assert "no-such-file" in capsys.readouterr().err


TESTS = ("tests/unit/test_mutations.py",)
ROWS = tuple(
    Mutation(says=says, file="functions/slots.py", before="a", after="b", tests=TESTS) for says in ("one", "two")
)


@pytest.mark.parametrize(
    "limit, said, killed",
    [(60, ("killed", "no end"), 2), (60, ("SURVIVED", "killed"), 1), (60, ("NOT FOUND", "BROKEN 2"), 0), (0, (), 0)],
)
def test_tests_are_run_once_without_any_mutation_for_all_that_they_must_notice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], limit: int, said: tuple[str, ...], killed: int
) -> None:
    """Where they fail without any, nothing is tried, and nothing was killed."""
    limits, became = iter((limit,)), iter(said)
    monkeypatch.setattr(mutants, "_undisturbed", lambda *_: next(limits))
    monkeypatch.setattr(mutants, "_try", lambda *_: next(became))
    assert mutants._killed(TESTS, ROWS) == killed
    lines = [f"{each:9} functions/slots.py: {row.says}" for each, row in zip(said, ROWS, strict=False)]
    assert capsys.readouterr().out.splitlines() == (lines or [f"without any mutation fails {TESTS[0]}"])
