"""GKE or the autoscaler begins on a node, its pool or the cluster meanwhile: it is given way to, and not for ever."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.phases import roll_back
from functions.reply import Reply
from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.google.inventory import Operation
from sandbox.scenarios import runbook
from tests.e2e.smallest import STALE
from tests.proof.gate import Gate, Life
from tests.proof.giving_back import given_back
from tests.proof.laboratory import Laboratory
from tests.proof.story import SWEEP, Story
from tests.proof.watch import watched

HOUR = 3600.0
OUTAGE_SECONDS = 60.0

MARKS: dict[str, tuple[dict[str, Any], str, tuple[str, ...], str]] = {
    "the autoscaler's": (
        {"spec": {"taints": [{"key": "ToBeDeletedByClusterAutoscaler", "value": "1", "effect": "NoSchedule"}]}},
        f"node {STALE} is about to be removed, by its taint ToBeDeletedByClusterAutoscaler",
        (),
        "takes pods again",
    ),
    "GKE's": (
        {"metadata": {"labels": {"operation.gke.io/type": "drain"}}},
        "by its label operation.gke.io/type; nothing to do; its cordon is left to GKE, which drains it",
        (STALE,),
        "stays cordoned, as GKE drains it",
    ),
}
UNMARKED = {"spec": {"taints": None, "unschedulable": None}, "metadata": {"labels": {"operation.gke.io/type": None}}}


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    before = opened.settings
    yield opened
    opened.settings = before


@pytest.mark.parametrize("mark, named, cordoned, said", MARKS.values(), ids=MARKS)
def test_a_node_that_somebody_is_about_to_remove_by_now_is_given_back(
    here: Laboratory, mark: dict[str, Any], named: str, cordoned: tuple[str, ...], said: str
) -> None:
    """The re-check is over, and the call is next. No pods come to a node in the middle of somebody else's drain.

    The autoscaler's taint keeps them off by itself; GKE's label does not, and GKE has found the node cordoned by us.
    """

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("list volumeattachments", 1):
            here.background.run(here.world.admin.patch("nodes", STALE, mark))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    try:
        story.play(story.start)
        given_back(here, story, named, cordoned=cordoned)
        told = [each["message"] for each in here.world.view.list("events") if each["reason"] == "RepullUncordoned"]
        assert [message.partition("): ")[2] for message in told] == [said]
    finally:
        here.background.run(here.world.admin.patch("nodes", STALE, UNMARKED))


def test_a_pool_that_gke_has_begun_to_change_meanwhile_is_left_to_it(here: Laboratory) -> None:
    """Whoever goes on for a process that died after the drain hears of it."""
    story = watched(here, Story(laboratory=here))
    status = here.world.inventory.clusters[0].pool_status

    def dying(life: Life) -> None:
        life.dead = life.calls[-1] == "list volumeattachments"

    story.deliver(story.start)
    assert story.deliver(story.mail.steps[0], dying) is None, story.told()
    status[runbook.POOL] = "RECONCILING"
    here.time.skip(here.settings.holder_seconds)
    try:
        story.deliver(story.mail.steps[0])
        gave_way(here, story)
    finally:
        del status[runbook.POOL]
    goes_on(here, story)


@pytest.mark.parametrize("at_work", ["RECONCILING", "AUTO_REPAIR_NODES"])
def test_gke_is_asked_anew_right_before_the_call(here: Laboratory, at_work: str) -> None:
    """One process hears of an upgrade that began during its drain, though its last answer of GKE's is no minute old."""
    (cluster,) = here.world.inventory.clusters
    status, operations = cluster.pool_status, cluster.operations

    def passing(kind: str, _: int) -> None:
        if kind == "create pods/eviction" and at_work == "RECONCILING":
            status[runbook.POOL] = at_work
        elif kind == "create pods/eviction":
            operations[:] = [Operation(kind=at_work, pool=runbook.POOL, node="another")]

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    try:
        story.deliver(story.start)
        story.deliver(story.mail.steps[0])
        gave_way(here, story, at_work=at_work)
    finally:
        story.gate.passing = lambda _kind, _nth: None
        status.pop(runbook.POOL, None)
        operations.clear()
    goes_on(here, story)


def test_a_slot_gives_way_twice_in_a_row_and_no_more(here: Laboratory) -> None:
    """GKE begins anew in the middle of each drain, and has done before each sweep: a run without an end, else."""
    status = here.world.inventory.clusters[0].pool_status

    def passing(kind: str, _: int) -> None:
        if kind == "list volumeattachments":
            status[runbook.POOL] = "RECONCILING"

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.deliver(story.start)
    try:
        for _ in range(roll_back.MOST_IN_A_ROW - 1):
            story.deliver(story.mail.steps[-1])
            gave_way(here, story)
            del status[runbook.POOL]
            story.deliver(SWEEP)
        story.play(story.mail.steps[-1])
        given_back(here, story, f"others were at work {roll_back.MOST_IN_A_ROW} times in a row")
    finally:
        status.pop(runbook.POOL, None)


def test_a_node_that_gke_has_begun_to_drain_is_not_refused_by_an_older_answer(here: Laboratory) -> None:
    """GKE's label is there, and what GKE said last is of before: the run is held, as for any upgrade."""
    status, admin = here.world.inventory.clusters[0].pool_status, here.world.admin

    def passing(kind: str, _: int) -> None:
        if kind == "create pods/eviction" and runbook.POOL not in status:
            status[runbook.POOL] = "RECONCILING"
            here.background.run(admin.patch("nodes", STALE, MARKS["GKE's"][0]))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    try:
        story.deliver(story.start)
        story.deliver(story.mail.steps[0])
        for check in (
            judge.were_reset(here.world, ()),
            judge.is_held(here.world, f"GKE is at work on node pool {runbook.POOL} (RECONCILING)"),
        ):
            assert check.holds, f"{check.line}\n{story.told()}"
    finally:
        story.gate.passing = lambda _kind, _nth: None
        status.pop(runbook.POOL, None)
        here.background.run(admin.patch("nodes", STALE, UNMARKED))
    goes_on(here, story)


@pytest.mark.parametrize("late", [False, True], ids=["in-time", "too-late"])
def test_nothing_is_reset_while_gke_does_not_say_whether_it_changes_the_pool(here: Laboratory, *, late: bool) -> None:
    """An outage of its API is waited out until the deadline; then the node is given back."""
    here.settings = replace(here.settings, holder_seconds=HOUR, drain_seconds=OUTAGE_SECONDS, lb_drain_seconds=0)
    faults = here.world.faults

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("list volumeattachments", 1):
            faults.add(Fault(api="container", user=deployment.REFRESH, status=503, times=1000))
            if late:
                here.time.skip(OUTAGE_SECONDS)

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    try:
        story.deliver(story.start)
        (step,) = story.mail.steps
        reply = story.deliver(step)
        none_yet = judge.were_reset(here.world, ())
    finally:
        faults.clear()
    assert none_yet.holds, f"{none_yet.line}\n{story.told()}"
    assert reply is (Reply.HANDLED if late else Reply.RETRY), story.told()
    here.time.skip(here.settings.holder_seconds)
    story.play(*(() if late else (step,)))
    if late:
        given_back(here, story, f"node {STALE} could not be brought to its renewal in time: ")
    else:
        assert here.world.fleet[STALE].reset_count == 1, story.told()


def gave_way(here: Laboratory, story: Story, *, at_work: str = "RECONCILING") -> None:
    """The node takes pods again, nothing has failed, and the run waits for GKE."""
    noted = [each for found in here.world.view.list("noderefreshes") for each in found["status"]["notes"]]
    for check in (
        judge.were_reset(here.world, ()),
        judge.no_node_is_cordoned(here.world),
        judge.is_held(here.world, f"GKE is at work on node pool {runbook.POOL} ({at_work})"),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"
    said = "not renewed for now and given back: "
    assert any(said in each and f"node pool {runbook.POOL} " in each and at_work in each for each in noted), noted


def goes_on(here: Laboratory, story: Story) -> None:
    """GKE has done: the sweep finds it, and the node is chosen again."""
    before = len(story.mail.steps)
    story.deliver(SWEEP)
    (step,) = story.mail.steps[before:]
    story.deliver(step)
    reset = judge.were_reset(here.world, [STALE])
    assert reset.holds, f"{reset.line}\n{story.told()}"
    story.play()
    for check in (
        judge.were_reset(here.world, [STALE]),
        judge.refresh_ended(here.world, "Succeeded", "Complete"),
        judge.nothing_is_left(here.world),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"
