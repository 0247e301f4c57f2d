"""A process dies before or after a call, at every call that changes something: the end is the same.

The points are counted first, and one that is not reached fails. `make crash-matrix` adds the reads, and pairs.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.scenarios.stage import Stage
from tests.proof.crashes import Matrix, Unreached, changing
from tests.proof.gate import Point

SHARES = 4
EVERY = 4
"""One in so many points here; all of them in `make crash-matrix`."""
EXPECTED = 40
"""Changing calls of one node's renewal, at least."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", range(SHARES))
def test_the_end_is_the_same_wherever_a_process_dies(
    matrix: Matrix, share: int, counted: Callable[[str], None]
) -> None:
    points = changing(matrix.points())
    assert len(points) >= 2 * EXPECTED
    struck = points[share :: SHARES * EVERY]
    for point in struck:
        matrix.strike(point)
    counted(f"{len(struck)} of {len(points)} changing points struck")


def test_a_point_that_no_telling_reaches_is_named(matrix: Matrix) -> None:
    with pytest.raises(Unreached, match="before patch nodes 99"):
        matrix.strike(Point(kind="patch nodes", nth=99, done=False))


def test_a_death_may_spare_the_next_process_the_other_point_of_a_pair(matrix: Matrix) -> None:
    """What an Event would have said of a cordon, the next process does not say again: there is one Event less."""
    last = Point(kind="create events", nth=matrix.counts["create events"], done=True)
    assert matrix.strike(last, Point(kind="create events", nth=2, done=False)) == 1


def test_a_call_more_after_a_lost_race_is_no_point(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next telling does without it: nobody writes at the same moment."""

    async def wins(stage: Stage) -> None:
        stage.world.faults.add(Fault(verb="patch", resource="nodes", user=deployment.REFRESH, status=409))

    here, number = matrix.laboratory, matrix.counts["patch nodes"]
    monkeypatch.setattr(here, "scene", replace(here.scene, amid={("create pods/eviction", 1): wins}))
    again = Matrix(laboratory=here)
    again.count()
    assert here.world.books.calls(verb="patch", resource="nodes", user=deployment.REFRESH, status=409)
    assert again.counts["patch nodes"] == number
