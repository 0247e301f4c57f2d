"""A renewal that does not come about: the node is given back in time, and nothing counts what was never done."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox import deployment, judge
from sandbox.faults import Fault
from tests.e2e.smallest import STALE
from tests.proof.ending import ending
from tests.proof.gate import Gate, Point
from tests.proof.giving_back import given_back
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story
from tests.proof.watch import watched

FOR_GOOD = 1000
ASKING = Point(kind="reset of Google", nth=1, done=False)


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    before = opened.settings
    opened.settings = replace(before, drain_seconds=300.0)
    yield opened
    opened.settings = before
    opened.world.faults.clear()


@pytest.mark.parametrize(
    "before, status",
    [("create pods/eviction", 403), ("create pods/eviction", 503), ("list volumeattachments", 403)],
    ids=["refused-in-the-re-check", "failing-in-the-re-check", "refused-right-before-the-call"],
)
def test_a_node_whose_group_does_not_answer_any_more_is_given_back(here: Laboratory, before: str, status: int) -> None:
    """It is cordoned already, and for longer than a drain may take nobody can tell whose its machine is."""

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == (before, 1):
            groups = Fault(user=deployment.REFRESH, verb="listManagedInstances", status=status, times=FOR_GOOD)
            here.world.faults.add(groups)

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    given_back(here, story, f"node {STALE} could not be brought to its renewal in time: ")


def test_a_node_that_an_earlier_refresh_had_renewed_in_vain_is_not_opened_by_one_that_gives_it_back(
    here: Laboratory,
) -> None:
    """Nothing has proven since that it can pull."""
    noted = {"refresh": "earlier", "renewed": "earlier", "unschedulable": False, "at": "2026-11-24T12:00:00Z"}
    before = json.dumps(noted | {"scaleDownDisabled": None, "excludeFromLoadBalancers": None})
    metadata = {"labels": {"repull.dev/cordoned-by": "earlier"}, "annotations": {"repull.dev/before": before}}
    cordon = {"metadata": metadata, "spec": {"unschedulable": True}}
    here.background.run(here.world.admin.patch("nodes", STALE, cordon))

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("create pods/eviction", 1):
            here.world.faults.add(
                Fault(user=deployment.REFRESH, verb="listManagedInstances", status=403, times=FOR_GOOD)
            )

    story = Story(laboratory=here, gate=Gate(passing=passing))
    story.play(story.start)
    (refresh,) = here.world.view.list("noderefreshes")
    (node,) = (each for each in here.world.view.list("nodes") if each["metadata"]["name"] == STALE)
    said = f"node {STALE} stays cordoned (when it is well again: kubectl uncordon {STALE}): earlier had its machine"
    assert said in refresh["status"]["message"], story.told()
    assert node["spec"].get("unschedulable"), story.told()
    assert judge.were_reset(here.world, ()).holds, story.told()


def test_a_renewal_that_was_written_down_and_never_made_counts_for_nothing(here: Laboratory) -> None:
    """The process dies right before the call, and a person takes the node back before another goes on."""
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(ASKING,))))
    story.deliver(story.start)
    (step,) = story.mail.steps
    assert story.deliver(step) is None, story.told()
    assert ending(here)["remembered"]["state"]["renewals"] == [(STALE, "Reset", "")]
    here.background.run(here.world.admin.patch("nodes", STALE, {"spec": {"unschedulable": None}}))
    here.time.skip(here.settings.holder_seconds)
    story.play(step)
    assert ending(here)["remembered"] == {"state": {"renewals": [], "else": []}}, story.told()
    given_back(here, story, f"somebody took back the cordon of {STALE}")


def test_where_a_renewal_may_not_be_looked_for_the_node_stays_cordoned_and_the_run_ends(here: Laboratory) -> None:
    """The process dies right after the call, and whoever goes on may not read Compute Engine's operations."""
    asked = replace(ASKING, done=True)
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(asked,))))
    story.deliver(story.start)
    (step,) = story.mail.steps
    assert story.deliver(step) is None, story.told()
    fault = Fault(api="compute", user=deployment.REFRESH, resource="zoneOperations", status=403, times=FOR_GOOD)
    here.world.faults.add(fault)
    here.time.skip(here.settings.holder_seconds)
    story.play(step)
    assert fault.seen
    assert here.world.fleet[STALE].reset_count == 1
    for check in (
        judge.refresh_ended(here.world, "Failed", "Failed", naming=(f"whether node {STALE} was renewed can't be",)),
        judge.nothing_is_left(here.world, cordoned=[STALE], ours=[STALE]),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"
