"""An escalation: what forbids a recreation forbids it, what holds the chain does not, and it counts as a renewal."""

from dataclasses import replace
from typing import Any

import pytest

from functions.hold import Hold
from functions.model.google import Member, Operation
from functions.model.refresh import Method, Phase, Slot
from functions.model.schedule import parse_freezes
from functions.phases import brakes
from functions.phases.escalate import escalate
from functions.phases.result import Done, Next
from functions.ports import Pause, Renewal
from functions.refresh import STEPS, advance
from functions.settings import Switch
from tests.unit.make import IMAGE, T0
from tests.unit.renewing import GROUP_URL, MEMBER, Machine

TODAY = parse_freezes(f"{T0:%Y-%m-%d}..{T0:%Y-%m-%d}")
RESET = Renewal(instance="0815", cause="c", at=T0, refresh="r1", pool="pool-1")


@pytest.mark.parametrize(
    "world, settings",
    [
        ({"pause": Pause(why="look first")}, {}),
        ({}, {"pause": Switch.ON}),
        ({}, {"freezes": TODAY}),
    ],
    ids=["cluster-paused", "setting", "freeze"],
)
def test_what_holds_the_chain_leaves_no_node_half_done(world: dict[str, Any], settings: dict[str, Any]) -> None:
    """It began before, the node is out of service, and given up it would stay so."""
    hold = Machine(**world).hold(Phase.VERIFY, method=Method.RESET)
    hold.settings = replace(hold.settings, **settings)
    assert brakes.look(hold)

    found = escalate(hold, "denied")

    assert isinstance(found, Next)
    assert found.phase is Phase.RECHECK


@pytest.mark.parametrize("escalated, counted", [(False, 1), (True, 2)], ids=["reset-only", "escalated"])
def test_a_recreation_that_follows_a_reset_counts_before_another_node_is_cordoned(
    escalated: bool,  # noqa: FBT001 - a column
    counted: int,
) -> None:
    """The reset is remembered by then; the recreation is yet to be."""
    hold = Machine(renewals=(RESET,)).hold(Phase.PREFLIGHT, method=Method.RESET)
    other = Slot(
        index=1, phase=Phase.RECHECK, node="n2", instance_id=RESET.instance, group=GROUP_URL, escalated=escalated
    )
    status = replace(hold.status, slots=(*hold.status.slots, other))

    def closed(most: int) -> bool:
        hold.settings = replace(hold.settings, breaker_renewals=most)
        return brakes.closed_to(hold, status)

    assert [most for most in (1, 2, 3) if closed(most)] == list(range(1, counted + 1))


def test_an_escalation_needs_what_a_recreation_needs() -> None:
    found = escalate(Machine().hold(Phase.VERIFY, method=Method.RESET), "denied")

    assert isinstance(found, Next)
    assert (found.phase, found.changes["escalated"]) == (Phase.RECHECK, True)


@pytest.mark.parametrize("most, ends", [(1, Done), (2, Next)], ids=["one-too-many", "the-last-one"])
def test_an_escalation_is_counted_before_it_is_made(most: int, ends: type) -> None:
    """Its own reset was the first within the hour. One that would be too many opens the breaker for all."""
    world = Machine(renewals=(RESET,))
    hold = world.hold(Phase.VERIFY, method=Method.RESET)
    hold.settings = replace(hold.settings, breaker_renewals=most)

    found = escalate(hold, "denied")

    assert isinstance(found, ends)
    assert ("repull.breaker_tripped" in world.said, world.tripped is not None) == (ends is Done, ends is Done)
    if isinstance(found, Done):
        assert "REPULL_BREAKER_RENEWALS is 1" in found.note


def test_an_escalation_takes_no_further_share_of_its_pool() -> None:
    """It is the same node again: the only one of a pool may be recreated though all of the pool was reset of late."""
    hold = Machine(renewals=(RESET,), nodes=1).hold(Phase.VERIFY, method=Method.RESET)

    assert isinstance(escalate(hold, "denied"), Next)


class Again(Exception):
    """The slot decides once more."""


@pytest.mark.parametrize("meanwhile", ["another-escalates", "another-fails"])
def test_two_slots_do_not_escalate_together_where_there_is_room_for_one(
    meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have found that they may; the other was faster to write it down."""
    hold = Machine(renewals=(RESET,)).hold(Phase.VERIFY, method=Method.RESET)
    hold.settings = replace(hold.settings, breaker_renewals=2)
    api: Any = hold.cluster.refreshes
    other = Slot(index=1, phase=Phase.RECHECK, node="n2", instance_id="0815", group=GROUP_URL, escalated=True)
    decided: list[Next] = []

    def verify(_: Hold) -> Next:
        if decided:
            raise Again
        found = escalate(hold, "denied")
        assert isinstance(found, Next)
        decided.append(found)
        before = api.refresh.status
        changes = {"slots": (*before.slots, other)} if meanwhile == "another-escalates" else {"stopping": "n2 failed"}
        api.refresh = replace(api.refresh, status=replace(before, **changes))
        return found

    monkeypatch.setitem(STEPS, Phase.VERIFY, verify)
    with pytest.raises(Again):
        advance(hold)

    assert (hold.slot.phase, hold.slot.escalated) == (Phase.VERIFY, False)


def test_work_of_gkes_that_has_ended_forbids_no_escalation() -> None:
    """A refusal is for good here, and what GKE said last may be a minute old."""
    world = Machine()
    world.remembered = "RECONCILING"

    assert isinstance(escalate(world.hold(Phase.VERIFY, method=Method.RESET), "denied"), Next)


RECREATED = Renewal(
    instance="4710", became="4711", cause=str(IMAGE.repository), at=T0, refresh="earlier", method=Method.RECREATE
)
REPAIR = Operation(pool="", kind="AUTO_REPAIR_NODES")
AGAINST: dict[str, tuple[Any, str]] = {
    "cluster": (lambda world: setattr(world, "pool", replace(world.pool, status="RECONCILING")), "RECONCILING"),
    "operation": (lambda world: world.__dict__.update(operations=(REPAIR,), operations_then=()), "AUTO_REPAIR_NODES"),
    "of-late": (lambda world: setattr(world, "renewals", (RECREATED,)), "REPULL_COOLDOWN_SECONDS"),
    "breaker": (lambda world: setattr(world, "tripped", "too many of late"), "breaker is open: too many of late"),
    "spoilt": (lambda world: setattr(world, "unreadable", "data.renewals can't be read"), "data.renewals"),
    "machine": (lambda world: setattr(world, "machine", None), "no such machine"),
    "unmade": (lambda world: setattr(world, "member", Member(group=MEMBER.group, id="")), "no machine for it"),
}


@pytest.mark.parametrize("change, words", AGAINST.values(), ids=AGAINST)
def test_what_forbids_a_recreation_forbids_an_escalation(change: Any, words: str) -> None:
    world = Machine()
    change(world)

    found = escalate(world.hold(Phase.VERIFY, method=Method.RESET), "denied")

    assert isinstance(found, Done)
    assert words in found.note
