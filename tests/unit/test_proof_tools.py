"""The proof's own tools: what a long run of stories leaves out, and what it takes for a good end."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.proof import matrix
from tests.proof.crashes import Unreached
from tests.proof.disorder.teeth import all_well
from tests.proof.gate import Gate, Life, Point
from tests.proof.matrix import stories, told_without
from tests.proof.tally import Totals
from tests.proof.waiting import Unprepared

POINTS = tuple(Point(kind="get nodes", nth=nth, done=False) for nth in (1, 2))
PAIR = (POINTS[1], POINTS[0])


def test_a_matrix_that_goes_on_leaves_out_points_first_and_pairs_only_after_them() -> None:
    whole = [(1, POINTS[:1]), (2, POINTS[1:]), (3, PAIR), (4, PAIR)]
    for skipped in range(5):
        assert list(stories(POINTS, (PAIR, PAIR), skipped=skipped)) == whole[skipped:]


@pytest.mark.parametrize(
    "kind, error, without",
    [
        ("watch nodes", Unreached("never reached"), True),
        ("get nodes", Unreached("never reached"), True),
        ("patch nodes", Unreached("never reached"), False),  # whoever is slow renews a node all the same
        ("publish step", Unreached("never reached"), False),
        ("watch nodes", AssertionError("invariant 5"), False),
    ],
)
def test_a_matrix_leaves_out_only_what_tellings_do_without(kind: str, error: Exception, *, without: bool) -> None:
    assert told_without(error, Point(kind=kind, nth=2, done=False)) is without


def test_who_is_told_of_a_call_before_it_is_made_is_told_of_this_one_whatever_others_call() -> None:
    told, both = [], threading.Barrier(2, timeout=60)

    def amid(life: Life) -> None:
        both.wait()
        told.append(life.at)

    life = Gate().life(amid)
    with ThreadPoolExecutor(2) as threads:
        tuple(threads.map(lambda kind: life.call(kind, lambda: None), ("watch pods", "create pods/eviction")))
    assert sorted(told) == [("create pods/eviction", 1), ("watch pods", 1)]


@pytest.mark.parametrize(
    "status, said, well",
    [
        (0, "3 stories from seed 1 on, 0 failed\n", True),
        (0, "2 stories from seed 1 on, 0 failed\n", False),  # its time was over
        (1, "3 stories from seed 1 on, 1 failed\n", False),
        (1, "", False),  # it could not even begin
    ],
)
def test_without_any_breakage_every_plan_must_have_gone_well(status: int, said: str, *, well: bool) -> None:
    played = subprocess.CompletedProcess(args=(), returncode=status, stdout=said, stderr="")
    assert all_well(played, 3) is well


def test_what_a_passing_test_has_counted_is_printed(tmp_path: Path) -> None:
    test = tmp_path / "test_counting.py"
    test.write_text("def test_points(counted):\n    counted('3 of 9 points struck')\n")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "tests.counted", "-p", "no:cacheprovider", str(test))
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert "test_counting.py::test_points: 3 of 9 points struck\n" in told.stdout


def test_what_a_scene_has_struck_is_read_from_its_line() -> None:
    totals = Totals(268, 40, 33, 2, 1)
    assert Totals.said(f"reset: nothing\nreset: {Totals(1, 2, 3, 4, 5)}; 9 s\nreset: {totals}; 300 s\n") == totals
    assert Totals.said("Traceback (most recent call last):\n") is None
    assert Totals.of([totals, Totals(2, 0, 0, 1, 0)]) == Totals(270, 40, 33, 3, 1)
    assert Totals.of([]) == Totals()


def played(monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr(sys, "argv", ["matrix", *options])
    return matrix.main()


def test_a_scene_that_fails_undisturbed_is_a_failure_that_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def opened(_: object) -> None:
        raise Unprepared("never came: a wonder")

    monkeypatch.setattr(matrix, "laboratory", opened)
    assert played(monkeypatch, "--scene", "reset") == 1
    told = capsys.readouterr().out
    assert "FAILED reset, though nothing disturbs it:\nUnprepared: never came: a wonder\n" in told
    assert f"reset: {Totals(failed=1)}; 0 s\n" in told


WELL = f"reset: {Totals(alone=2)}; 1 s\n"


@pytest.mark.parametrize(
    "forced, totals, status",
    [
        (f"forced: {Totals(alone=1, pairs=1)}; 1 s\n", Totals(alone=3, pairs=1), 0),
        (f"forced: {Totals(failed=1)}; 1 s\n", Totals(alone=2, failed=1), 1),
        ("Traceback (most recent call last):\n", Totals(alone=2, failed=1), 1),
        (f"forced: {Totals()}; 1 s\n", Totals(alone=2), 0),  # it has no such points
    ],
)
def test_scenes_have_processes_of_their_own_and_the_last_line_counts_them_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], forced: str, totals: Totals, status: int
) -> None:
    commands, said = [], {"reset": WELL, "forced": forced}

    def run(command: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command[1:])
        return subprocess.CompletedProcess(command, returncode=1, stdout=said[command[4]])

    monkeypatch.setattr(subprocess, "run", run)
    options = ("--pairs", "0", "--changing")
    assert played(monkeypatch, *options, "--scene", "reset", "--jobs", "2", "--scene", "forced") == status
    assert sorted(commands) == [("-m", "tests.proof.matrix", "--scene", name, *options) for name in ("forced", "reset")]
    *told, last = capsys.readouterr().out.splitlines(keepends=True)
    died = "FAILED forced: its process ended with 1 before it was through\n"
    assert sorted(told) == sorted([WELL, forced, died] if "Traceback" in forced else [WELL, forced])
    assert last == f"2 scenes: {totals}; 0 s\n"


def test_that_nothing_was_struck_at_all_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(matrix, "apart", lambda *_given, **_named: Totals(left_out=1))
    assert played(monkeypatch) == 1
    assert capsys.readouterr().out == "nothing was struck\n"
