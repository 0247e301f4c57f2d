"""Every scene of the matrix: undisturbed it ends as it says, and so it does where a process dies past its turn.

`make crash-matrix` plays all points of all scenes.
"""

import pytest

from tests.proof.crashes import Matrix
from tests.proof.gate import Point
from tests.proof.laboratory import laboratory
from tests.proof.scenes import SCENES

TURNS = {
    "recreate": Point(kind="recreateInstances of Google", nth=1, done=True),
    "stop-start": Point(kind="stopInstances of Google", nth=1, done=True),
    "scale-workloads": Point(kind="patch deployments", nth=1, done=True),
    "escalated": Point(kind="recreateInstances of Google", nth=1, done=True),
    "never-boots": Point(kind="reset of Google", nth=1, done=True),
    "budget-blocks-for-a-while": Point(kind="create pods/eviction", nth=2, done=True),
    "aborted-in-the-drain": Point(kind="create pods/eviction", nth=1, done=False),
    "aborted-at-the-reset": Point(kind="reset of Google", nth=1, done=True),
    "breaker-opens": Point(kind="reset of Google", nth=1, done=True),
    "two-at-once": Point(kind="reset of Google", nth=2, done=True),
}
"""Where a process that comes after must know what the one before it did."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TURNS)
def test_a_scene_ends_as_it_says(name: str) -> None:
    with laboratory(SCENES[name]) as opened:
        matrix = Matrix(laboratory=opened)
        matrix.count()
        matrix.strike(TURNS[name])
