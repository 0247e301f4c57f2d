"""Every scene of the matrix: undisturbed it ends as it says, and so it does where a process dies past its turn.

`make crash-matrix` plays all points of all scenes.
"""

from dataclasses import replace

import pytest

from sandbox.kube import times
from sandbox.machines.machine import Machine
from sandbox.scenarios.stage import Stage
from tests.e2e.smallest import STALE
from tests.proof import acts
from tests.proof.crashes import Matrix
from tests.proof.ending import ending
from tests.proof.gate import Point
from tests.proof.laboratory import laboratory
from tests.proof.refusing import REFUSING
from tests.proof.scenes import RESET, SCENES
from tests.proof.story import Story

TURNS = {
    "recreate": Point(kind="recreateInstances of Google", nth=1, done=True),
    "stop-start": Point(kind="stopInstances of Google", nth=1, done=True),
    "scale-workloads": Point(kind="patch deployments", nth=1, done=True),
    "never-removed": Point(kind="patch deployments", nth=1, done=True),
    "forced": Point(kind="reset of Google", nth=1, done=True),
    "in-vain": Point(kind="reset of Google", nth=1, done=True),
    "can-pull": Point(kind="create pods", nth=1, done=True),
    "escalated": Point(kind="recreateInstances of Google", nth=1, done=True),
    "heals-neither-way": Point(kind="recreateInstances of Google", nth=1, done=True),
    "never-boots": Point(kind="reset of Google", nth=1, done=True),
    "recreated-never-boots": Point(kind="recreateInstances of Google", nth=1, done=True),
    "started-never-boots": Point(kind="startInstances of Google", nth=1, done=True),
    "never-stops": Point(kind="stopInstances of Google", nth=1, done=True),
    "retries": Point(kind="delete pods", nth=2, done=True),
    "retries-after-a-renewal": Point(kind="delete pods", nth=3, done=True),
    "registry-outage": Point(kind="delete pods", nth=1, done=False),
    "foreign-cordon": Point(kind="patch nodes", nth=2, done=True),
    "volume-attached": Point(kind="create pods/eviction", nth=1, done=True),
    "newer-node": Point(kind="reset of Google", nth=1, done=True),
    "all-stale": Point(kind="reset of Google", nth=1, done=True),
    "drained-in-vain": Point(kind="create pods/eviction", nth=1, done=False),
    "gives-way": Point(kind="patch nodes", nth=3, done=True),
    "left-to-gke": Point(kind="patch nodes", nth=3, done=True),
    "paused": Point(kind="reset of Google", nth=1, done=True),
    "outside-the-window": Point(kind="reset of Google", nth=1, done=True),
    "observed-meanwhile": Point(kind="create pods/eviction", nth=1, done=True),
    "refresh-deleted": Point(kind="create pods/eviction", nth=1, done=True),
    "budget-blocks-for-a-while": Point(kind="create pods/eviction", nth=2, done=True),
    "aborted-in-the-drain": Point(kind="create pods/eviction", nth=1, done=False),
    "aborted-at-the-reset": Point(kind="reset of Google", nth=1, done=True),
    "breaker-opens": Point(kind="reset of Google", nth=1, done=True),
    "two-at-once": Point(kind="reset of Google", nth=2, done=True),
}
"""Where a process that comes after must know what the one before it did."""


def test_every_scene_is_played() -> None:
    """Those of what is in the way are by test_guards, and a plain reset by test_crash_points."""
    assert {*TURNS, RESET.name, *(scene.name for scene in REFUSING)} == set(SCENES)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TURNS)
def test_a_scene_ends_as_it_says(name: str) -> None:
    with laboratory(SCENES[name]) as opened:
        matrix = Matrix(laboratory=opened)
        matrix.tell()
        matrix.strike(TURNS[name])


def test_what_never_happens_in_a_scene_is_told() -> None:
    """It would be about nothing."""
    scene = replace(RESET, amid={("reset of Google", 2): acts.look})
    with laboratory(scene) as opened, pytest.raises(AssertionError, match="reset of Google 2, which never came"):
        Matrix(laboratory=opened).tell()


@pytest.mark.timeout(600)
def test_an_abort_whose_process_dies_comes_again_before_the_drain_goes_on() -> None:
    """Or the node would be renewed by then, which is no worse, but another end."""
    with laboratory(SCENES["aborted-in-the-drain"]) as opened:
        matrix = Matrix(laboratory=opened)
        matrix.count()
        opened.prepare()
        story = Story(laboratory=opened)
        story.play(story.start)
        start, run, abort = story.lives[:3]
        earlier = [*start.calls, *run.calls[: run.calls.index("create pods/eviction") + 1]]
        for kind in dict.fromkeys(abort.calls):
            matrix.strike(Point(kind=kind, nth=earlier.count(kind) + 1, done=False))


@pytest.mark.timeout(600)
def test_a_reset_that_an_abort_came_before_is_not_remembered() -> None:
    """The attempt was written down when its process died; a new refresh must not wait for the cooldown."""
    with laboratory(SCENES["aborted-at-the-reset"]) as opened:
        matrix = Matrix(laboratory=opened)
        matrix.count()
        matrix.strike(Point(kind="reset of Google", nth=1, done=False))
        assert ending(opened)["remembered"] == {"state": {"renewals": [], "else": []}}
        assert opened.world.fleet[STALE].reset_count == 0


@pytest.mark.timeout(600)
def test_an_outage_goes_on_though_its_node_is_half_removed_when_the_next_process_looks() -> None:
    """The autoscaler deletes the machine first, and its Node some time later."""
    machines: list[Machine] = []

    async def machine_goes(stage: Stage) -> None:
        fleet = stage.world.fleet
        machines.append(fleet[STALE])
        await machines[0].vanish()
        del fleet._machines[machines[0].zone, STALE]
        fleet.removed[STALE] = times.now()

    async def node_goes(_: Stage) -> None:
        await machines.pop().delete_node()

    scene = replace(
        SCENES["scale-workloads"],
        amid={("patch deployments", 1): machine_goes, ("watch nodes", 1): node_goes},
    )
    with laboratory(scene) as opened:
        matrix = Matrix(laboratory=opened)
        matrix.count()
        matrix.strike(TURNS["scale-workloads"])
