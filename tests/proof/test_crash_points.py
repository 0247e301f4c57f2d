"""A process dies before or after a call, at every call that changes something: the end is the same.

The points are counted first, and one that is not reached fails. `make crash-matrix` adds the reads, and pairs.
"""

import pytest

from tests.proof.crashes import Matrix, Unreached, changing
from tests.proof.gate import Point

SHARES = 4
EVERY = 4
"""One in so many points here; all of them in `make crash-matrix`."""
EXPECTED = 40
"""Changing calls of one node's renewal, at least."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", range(SHARES))
def test_the_end_is_the_same_wherever_a_process_dies(matrix: Matrix, share: int) -> None:
    points = changing(matrix.points())
    assert len(points) >= 2 * EXPECTED
    struck = points[share :: SHARES * EVERY]
    for point in struck:
        matrix.strike(point)
    print(f"{len(struck)} of {len(points)} changing points struck")


def test_a_point_that_no_telling_reaches_is_named(matrix: Matrix) -> None:
    with pytest.raises(Unreached, match="before patch nodes 99"):
        matrix.strike(Point(kind="patch nodes", nth=99, done=False))
