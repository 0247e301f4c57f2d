"""Each obstacle in turn, in the test's own process: it is named, and nothing is done to the node."""

import math
from contextlib import nullcontext, suppress
from dataclasses import replace

import pytest

from sandbox import judge
from sandbox.faults import Fault
from sandbox.scenarios import obstacles
from sandbox.scenarios.attached_volume import attachment
from sandbox.scenarios.refusal import NODE
from sandbox.scenarios.refusals import REFUSALS
from tests.proof import acts
from tests.proof.crashes import Matrix, Unreached, changes, changing
from tests.proof.laboratory import Laboratory
from tests.proof.redelivering import Doubled
from tests.proof.refusing import REFUSING, refuses
from tests.proof.scene import Scene
from tests.proof.scenes import RESET
from tests.proof.story import Story
from tests.proof.watch import ends_as, watched

REFUSED = {each.name: each for each in REFUSALS}
DEATHS = 3
"""Of each scene, as it has changing calls enough; all of them in `make crash-matrix`."""


@pytest.mark.parametrize("scene", REFUSING, ids=lambda each: each.name)
def test_what_is_in_the_way_is_named_and_nothing_is_touched(opened: Laboratory, scene: Scene) -> None:
    """Wherever a process dies, and though every message comes twice at once."""
    opened.become(scene)
    matrix = Matrix(laboratory=opened)
    matrix.tell()
    if scene.ends:  # what is refused at the door never comes again
        opened.prepare()
        story = watched(opened, Doubled(laboratory=opened))
        story.play(story.start)
        ends_as(opened, story, matrix.twin)
    points = changing(matrix.points()) or matrix.points()  # a dry run changes nothing
    for point in points[:: math.ceil(len(points) / DEATHS)]:
        with nullcontext() if changes(point.kind) else suppress(Unreached):  # how much is read depends on the world
            matrix.strike(point)


@pytest.mark.parametrize("name", ["bare-pod", "opted-out", "paused-by-setting", "dry-run"])
def test_an_obstacle_that_nobody_names_is_told(opened: Laboratory, name: str) -> None:
    """One row for each end."""
    opened.become(replace(refuses(replace(REFUSED[name], words=("a wonder",))), silent=acts.abort))
    with pytest.raises(AssertionError, match="❌ the log names a wonder"):
        Matrix(laboratory=opened).tell()


def test_without_an_obstacle_the_node_is_renewed(opened: Laboratory) -> None:
    """So it is the obstacle that keeps it from being touched."""
    story = began(opened, RESET)
    story.play(story.start)
    renewed(story)


def test_a_lack_of_room_is_said_and_the_node_is_renewed_all_the_same(opened: Laboratory) -> None:
    """Without the setting."""
    refusal = REFUSED["no-room"]
    story = began(opened, replace(refuses(refusal), settings={}))
    story.play(story.start)
    said = [line for line in story.mail.lines if line["event"] == "repull.no_room"]
    assert [line["node"] for line in said] == [NODE]
    assert all(word in said[0]["message"] for word in refusal.words)
    told = [each["message"] for each in opened.world.view.list("events") if each["reason"] == "RepullNoRoom"]
    assert told == [said[0]["message"].removeprefix(f"node {NODE}: ")]
    renewed(story)


def test_the_only_node_of_a_pool_is_renewed_where_the_setting_says_so(opened: Laboratory) -> None:
    """A pool of one has no other, and is not healed otherwise."""
    story = began(opened, replace(refuses(REFUSED["last-node"]), settings={"REPULL_LAST_NODE": "warn"}))
    story.play(story.start)
    said = [line["message"] for line in story.mail.lines if line["event"] == "repull.no_room"]
    assert said == [f"node {NODE}: it is the last Ready node of pool apps that takes pods"]
    renewed(story)


@pytest.mark.parametrize("told", [True, False], ids=["not-attached", "claims-may-not-be-read"])
def test_a_volume_that_is_let_go_is_not_in_the_way(opened: Laboratory, *, told: bool) -> None:
    """A volume without an attacher never was; and where nobody can tell, it is waited for at the re-check."""
    run, admin = opened.background.run, opened.world.admin
    story = began(opened, refuses(REFUSED["volume-stays"]))

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("create pods/eviction", 1):
            run(admin.delete("volumeattachments", obstacles.VOLUME))

    if told:
        run(admin.delete("volumeattachments", obstacles.VOLUME))
    else:
        opened.world.faults.add(Fault(api="kubernetes", resource="persistentvolumeclaims", status=403, times=1000))
        story.gate.passing = passing
    story.play(story.start)
    opened.world.faults.clear()
    run(admin.create("volumeattachments", attachment(obstacles.VOLUME, node=NODE)))
    renewed(story)


def began(here: Laboratory, scene: Scene) -> Story:
    """A story about NODE, which can't pull."""
    here.become(scene)
    here.prepare()
    return watched(here, Story(laboratory=here))


def renewed(story: Story) -> None:
    """The obstacle was none."""
    world = story.laboratory.world
    for check in (judge.were_reset(world, [NODE]), judge.refresh_ended(world, "Succeeded", "Complete")):
        assert check.holds, f"{check.line}\n{story.told()}"
