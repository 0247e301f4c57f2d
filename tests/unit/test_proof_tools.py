"""The proof's own tools: what a long run of stories leaves out, and what it takes for a good end."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.proof.crashes import Unreached
from tests.proof.disorder.teeth import all_well
from tests.proof.gate import Gate, Life, Point
from tests.proof.matrix import stories, told_without

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
