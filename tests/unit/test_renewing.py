"""What a renewal relies on is looked at again, and no call that was merely asked for counts as done."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions import ownership
from functions.errors import Conflict, NotNow, Refused, Retryable
from functions.hold import Hold
from functions.messages.steps import Continue
from functions.model.cluster import Attachment, Node, NodeChange, Taint
from functions.model.google import Group, Instance, Member
from functions.model.refresh import Method, Outcome, Phase
from functions.phases import await_boot, overdue, recheck, renew
from functions.phases.result import Done, HandOver, Next
from functions.ports import Renewal
from functions.taking import take
from tests.unit.make import CLUSTER, T0, node
from tests.unit.renewing import CORDONED, MEMBER, REF, Machine

BOOTED = replace(CORDONED, boot_id="after", ready=True, heartbeat=T0)


def run(world: Machine, at: Phase, **slot: Any) -> Any:
    steps = {
        Phase.AWAIT_BOOT: await_boot.step,
        Phase.RECHECK: recheck.step,
        Phase.RENEW: renew.step,
    }
    return steps[at](world.hold(at, **slot))


@pytest.mark.parametrize("asked, said", [(True, ["repull.recreate"]), (False, [])], ids=["ours", "somebody-elses"])
def test_only_a_recreation_that_was_asked_for_is_told_as_ours(asked: bool, said: list[str]) -> None:  # noqa: FBT001 - a column
    """GKE may repair the node after an attempt was written down, and before it was made."""
    world = Machine(member=replace(MEMBER, action="RECREATING"), asked=asked)

    assert run(world, Phase.RENEW, method=Method.RECREATE, attempt=1).phase is Phase.AWAIT_BOOT
    assert (world.said, world.calls) == (said, [])
    assert all(told == "has asked for machine acme-prod/us-central1-a/n1 to be recreated" for told in world.told)


@pytest.mark.parametrize("at", [Phase.RECHECK, Phase.RENEW])
@pytest.mark.parametrize("speaks", ["another node has failed", "the circuit breaker is open"])
def test_a_second_renewal_is_for_nobodys_good_once_people_have_to_look(at: Phase, speaks: str) -> None:
    """What was never renewed is brought to its end: it is out of service, and nothing is known against it."""
    for escalated in (False, True):
        world = Machine()
        hold = world.hold(at, method=Method.RESET, escalated=escalated)
        if speaks == "the circuit breaker is open":
            world.tripped = "too many of late"
        else:
            api: Any = hold.cluster.refreshes
            api.refresh = hold.refresh = replace(hold.refresh, status=replace(hold.status, stopping=speaks))

        found = (recheck if at is Phase.RECHECK else renew).step(hold)

        assert isinstance(found, Next)
        assert (found.phase is Phase.ROLL_BACK) is escalated
        assert (speaks in found.changes.get("reason", "")) is escalated


@pytest.mark.parametrize(
    "made_anew", [replace(CORDONED, uid="another", created=T0 - timedelta(seconds=9)), None], ids=["re-created", "gone"]
)
def test_a_node_whose_reset_was_in_vain_is_the_runs_to_prove_whoever_makes_it_anew(made_anew: Node | None) -> None:
    """A further node would be taken otherwise, though nothing is known to help."""
    passed_over, awaited = (
        run(Machine(node=made_anew), Phase.RECHECK, method=Method.RESET, escalated=escalated)  # type: ignore[arg-type]
        for escalated in (False, True)
    )

    assert isinstance(passed_over, Done)
    assert passed_over.outcome is Outcome.PASSED_OVER
    since = made_anew.created if made_anew else T0
    assert (awaited.phase, awaited.changes) == (Phase.AWAIT_BOOT, {"renewed_at": since})


@pytest.mark.parametrize(
    "member", [replace(MEMBER, action="RECREATING"), replace(MEMBER, id="9999")], ids=["under-way", "done"]
)
def test_so_is_one_whose_group_makes_its_machine_anew(member: Member) -> None:
    """The old Node may be there still. One that was never renewed is given back."""
    given_back, awaited = (
        run(Machine(member=member), Phase.RECHECK, method=Method.RESET, escalated=escalated)
        for escalated in (False, True)
    )

    assert (given_back.phase, awaited.phase) == (Phase.ROLL_BACK, Phase.AWAIT_BOOT)


def test_a_renewal_is_asked_for_with_a_whole_hold() -> None:
    """One that goes out at its end may arrive after whoever continues has given the machine back."""
    world = Machine()
    hold = world.hold(Phase.RENEW, method=Method.RESET, attempt=1, renewed_at=T0)
    hold.settings = replace(hold.settings, holder_seconds=60.0)
    api: Any = hold.cluster.refreshes
    slot = replace(hold.slot, holder_expires=T0 + timedelta(seconds=40))  # more than half: no wait extends it
    api.refresh = hold.refresh = replace(hold.refresh, status=replace(hold.status, slots=(slot,)))
    left: list[timedelta] = []

    def reset(*_: object) -> None:
        left.append((hold.slot.holder_expires or T0) - world.now)

    api.reset = reset

    renew.step(hold)

    assert left == [timedelta(seconds=60)]


def test_what_is_asked_of_compute_while_a_volume_is_waited_for_leaves_it_its_quota() -> None:
    """The volume is let go of by the same quota. It is asked for itself more often."""
    world = Machine(volumes=(Attachment(name="a", volume="v"),))
    hold = world.hold(Phase.RECHECK, method=Method.RESET)
    api: Any = hold.cluster.refreshes
    asked = Counter[str]()
    for port, name in ((hold.ports.groups, "members"), (hold.cluster.workloads, "attached_volumes")):
        answers = getattr(port, name)
        setattr(api, name, lambda *given, name=name, answers=answers: (asked.update([name]), answers(*given))[1])
    hold.until = T0 + timedelta(minutes=1)

    assert isinstance(recheck.step(hold), HandOver)

    assert asked["members"] <= 60 / recheck.LOOK_SECONDS + 1
    assert asked["attached_volumes"] >= 60


@pytest.mark.parametrize("phase", [Phase.ROLL_BACK, Phase.UNCORDON, Phase.DRAIN])
def test_a_node_that_somebody_else_writes_all_the_while_keeps_no_refresh_from_its_end(phase: Phase) -> None:
    """A webhook may say 409 as well, to every try."""
    world = Machine()
    hold = world.hold(phase, method=Method.RESET)

    def lost(*_: object) -> Node:
        raise Conflict("the object has been modified")

    hold.cluster.nodes.change = lost  # type: ignore[assignment, method-assign]
    with pytest.raises(Retryable, match="races in a row") as raised:
        hold.change_node("n1", lambda _: NodeChange(unschedulable=False))
    world.now += timedelta(hours=2)

    assert overdue.end(hold, raised.value)


def written_down(world: Machine, *, method: Method = Method.RESET) -> tuple[Hold, Renewal]:
    """An attempt of a process that died before the call, with the renewal of another machine by the same refresh."""
    hold = world.hold(Phase.RENEW, method=method, attempt=1, renewed_at=T0)
    earlier = replace(renew.remembered(hold), instance="0815")
    world.renewals = (earlier, renew.remembered(hold))
    return hold, earlier


@pytest.mark.parametrize("method", [Method.RESET, Method.STOP_START])
def test_an_attempt_that_nobody_came_to_make_counts_for_nothing(method: Method) -> None:
    """The cordon was taken back meanwhile, and GKE says nothing any more.

    The note of a stop stays: whoever was frozen right before the call may make it yet.
    """
    world = Machine(node=replace(CORDONED, unschedulable=False))
    hold, earlier = written_down(world, method=method)
    world.status = None

    found = renew.step(hold)

    assert isinstance(found, Next)
    assert found.phase is Phase.ROLL_BACK
    assert list(world.renewals) == [earlier]
    assert (world.cleared, world.calls, world.said) == ([], [], [])


@pytest.mark.parametrize("error", [Refused("data.renewals can't be read"), Retryable("no answer")])
def test_an_attempt_that_cannot_be_forgotten_keeps_no_node_out_of_service(error: Refused | Retryable) -> None:
    world = Machine(node=replace(CORDONED, unschedulable=False))
    hold, _ = written_down(world)
    world.unforgettable = error

    found = renew.step(hold)

    assert isinstance(found, Next)
    assert found.phase is Phase.ROLL_BACK
    assert world.said == ["repull.not_forgotten"]


@pytest.mark.parametrize("error", [Refused("403 on listManagedInstances"), Retryable("no answer")])
def test_an_attempt_that_was_never_made_has_an_end_though_nobody_answers(error: Refused | Retryable) -> None:
    world = Machine(member=error)
    hold, earlier = written_down(world)
    with pytest.raises(type(error)):
        renew.step(hold)
    world.now += timedelta(minutes=5)

    found = renew.step(hold)

    assert isinstance(found, Next)
    assert found.phase is Phase.ROLL_BACK
    assert "in time: " in found.changes["reason"]
    assert (list(world.renewals), world.calls) == ([earlier], [])


@pytest.mark.parametrize("made", [False, True])
def test_a_renewal_that_compute_puts_off_has_until_the_deadline(*, made: bool) -> None:
    """Then it was not made, and counts for nothing; but for one of whose first answer nothing came."""
    world = Machine()
    hold = world.hold(Phase.RENEW)
    hold.settings = replace(hold.settings, holder_seconds=3600.0)
    compute: Any = hold.ports.compute()

    def put_off(*_: object) -> None:
        world.asked = made
        raise NotNow("stop machine n1: 409")

    compute.stop = put_off
    with pytest.raises(NotNow):
        renew.step(hold)
    assert len(world.renewals) == 1
    world.asked, world.now = False, world.now + timedelta(minutes=5)

    found = renew.step(hold)

    if made:
        assert isinstance(found, Done)
        assert found.outcome is Outcome.FAILED
        return
    assert isinstance(found, Next)
    assert (found.phase, "was refused: stop machine n1: 409" in found.changes["reason"]) == (Phase.ROLL_BACK, True)
    assert not list(world.renewals)


def test_an_attempt_that_cannot_be_looked_for_may_have_been_made() -> None:
    world = Machine(member=Refused("403 on listManagedInstances"), asked=Retryable("no answer"))
    hold, _ = written_down(world)
    world.now += timedelta(minutes=5)

    with pytest.raises(Retryable):
        renew.step(hold)


GROUP_CHANGED: dict[str, tuple[Method, dict[str, Any], str]] = {
    "template": (Method.RECREATE, {"group": Group(template="t/v8"), "member": replace(MEMBER, template="t/v7")}, "v8"),
    "policy": (Method.STOP_START, {"group": Group(most_disruptive="REFRESH")}, "mostDisruptiveAllowedAction"),
    "disk": (
        Method.RECREATE,
        {"machine": Instance(ref=REF, id="4711", status="RUNNING", regional_disks=("pvc-1",))},
        "pvc-1",
    ),
    "group": (Method.STOP_START, {"group": None}, "gone"),
}


@pytest.mark.parametrize("method, fields, words", GROUP_CHANGED.values(), ids=GROUP_CHANGED)
@pytest.mark.parametrize("phase", [Phase.RECHECK, Phase.RENEW])
def test_what_came_to_forbid_it_during_the_drain_is_found(
    phase: Phase, method: Method, fields: dict[str, Any], words: str
) -> None:
    world = Machine(**fields)

    found = run(world, phase, method=method)

    assert found.phase is Phase.ROLL_BACK
    assert words in found.changes["reason"]
    assert world.calls == []


LOST: dict[str, tuple[dict[str, Any], str]] = {
    "booted": ({"node": replace(CORDONED, boot_id="other")}, "n1 has booted by itself meanwhile"),
    "another-machine": ({"member": replace(MEMBER, id="4712")}, "n1 is not machine 4711 of this cluster's"),
    "unlisted": ({"member": None}, "n1 is not machine 4711 of this cluster's"),
    "cordon": ({"node": replace(CORDONED, unschedulable=False)}, "somebody took back the cordon of n1"),
    "lease": ({"lease": "r2"}, "lease is held by r2 now"),
}


@pytest.mark.parametrize("fields, words", LOST.values(), ids=LOST)
@pytest.mark.parametrize("phase", [Phase.RECHECK, Phase.RENEW])
def test_what_is_not_ours_any_more_is_not_renewed(phase: Phase, fields: dict[str, Any], words: str) -> None:
    """The machine that was drained, its cordon, and the cluster's lease."""
    world = Machine(**fields)

    found = run(world, phase, method=Method.RESET)

    assert found.phase is Phase.ROLL_BACK
    assert words in found.changes["reason"]
    assert (world.calls, world.renewals) == ([], ())


def test_what_a_group_does_in_passing_is_waited_for() -> None:
    world = Machine(member=replace(MEMBER, action="VERIFYING"))
    pauses: list[float] = []

    def passes(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            world.member = MEMBER

    world.passes = passes

    assert run(world, Phase.RECHECK).phase is Phase.RENEW
    assert pauses == [5.0] * 3


@pytest.mark.parametrize(
    "action, phase, minutes",
    [("VERIFYING", Phase.RECHECK, 5), ("RECREATING", Phase.RECHECK, 0), ("RECREATING", Phase.RENEW, 0)],
    ids=["in-passing-for-too-long", "for-good", "at-the-last-moment"],
)
def test_whatever_else_a_group_does_to_it_gives_the_node_back(action: str, phase: Phase, minutes: int) -> None:
    world = Machine(member=replace(MEMBER, action=action))

    found = run(world, phase, method=Method.RESET)

    assert found.phase is Phase.ROLL_BACK
    assert action in found.changes["reason"]
    assert world.now == T0 + timedelta(minutes=minutes)


CHANGED = ownership.cordon(CORDONED, "r1", cordoned_before=False, now=T0).annotations
JUST_CORDONED = {key: value for key, value in CHANGED.items() if value is not None}
AWAITED: dict[str, dict[str, Any]] = {
    "a volume": {"volumes": (Attachment(name="csi-1", volume="pvc-1"),)},
    "load balancers": {"node": replace(CORDONED, annotations=JUST_CORDONED)},
    "its group": {"member": replace(MEMBER, action="REFRESHING")},
}


@pytest.mark.parametrize("attempt", [0, 1], ids=["first", "written-down"])
@pytest.mark.parametrize("fields", AWAITED.values(), ids=AWAITED)
def test_what_is_to_be_waited_for_right_before_the_call_is_waited_for(fields: dict[str, Any], attempt: int) -> None:
    """However long ago the re-check was; within its deadline. An attempt that nobody made counts for nothing."""
    world = Machine(**fields)
    hold, earlier = written_down(world)
    hold.settings = replace(hold.settings, lb_drain_seconds=30.0)
    hold.update(attempt=attempt)

    found = renew.step(hold)

    assert found == Next(phase=Phase.RECHECK, changes={"deadline": hold.slot.deadline})
    assert hold.slot.deadline
    assert world.calls == []
    assert earlier in world.renewals
    assert len(world.renewals) == 2 - attempt


def test_a_group_that_is_gone_right_before_the_call_gives_the_node_back() -> None:
    """Nothing was asked for yet."""
    world = Machine()
    seen = iter((Group(), None))
    hold = world.hold(Phase.RENEW)
    answers: Any = hold.ports.groups
    answers.group = lambda _: next(seen)

    found = renew.step(hold)

    assert isinstance(found, Next)
    assert found.phase is Phase.ROLL_BACK
    assert "is gone" in found.changes["reason"]
    assert world.calls == []
    assert not hold.slot.attempt


@pytest.mark.parametrize("node", [CORDONED, BOOTED], ids=["never-boots", "booted"])
def test_a_group_that_cannot_be_read_does_not_keep_a_refresh_from_its_end(node: Any) -> None:
    world = Machine(member=Refused("403 on listManagedInstances"), node=node)

    found = run(world, Phase.AWAIT_BOOT, method=Method.RECREATE)

    assert isinstance(found, Done)
    assert found.outcome is Outcome.FAILED
    assert "which machine took its place is not known: 403 on listManagedInstances" in found.note
    assert world.now >= T0 + timedelta(minutes=5)


RENEWED = T0 - timedelta(minutes=1)
TO_START = Taint(key="node.cilium.io/agent-not-ready", effect="NoSchedule")


@pytest.mark.parametrize(
    "found, lacks",
    [
        (replace(BOOTED, boot_id="before"), "its boot id has not changed"),
        (replace(BOOTED, ready=False), "it is not Ready"),
        (replace(BOOTED, heartbeat=None), "its last heartbeat is older than the renewal"),
        (replace(BOOTED, heartbeat=RENEWED), "its last heartbeat is older than the renewal"),
        (replace(BOOTED, taints=(TO_START,)), f"it still has start-up taints: {TO_START.key}"),
    ],
    ids=["not-booted", "not-ready", "no-heartbeat", "old-heartbeat", "starting"],
)
def test_row_47_a_machine_that_looks_booted_is_waited_for_until_it_is(found: Node, lacks: str) -> None:
    """The API server says what a kubelet told it last, which may have been before the renewal."""
    world = Machine(node=found)

    ended = run(world, Phase.AWAIT_BOOT, method=Method.RESET, renewed_at=RENEWED)

    assert isinstance(ended, Done)
    assert ended.outcome is Outcome.FAILED
    assert f": {lacks}" in ended.note


def test_a_machine_that_lacks_nothing_is_verified() -> None:
    assert run(Machine(node=BOOTED), Phase.AWAIT_BOOT, method=Method.RESET, renewed_at=RENEWED).phase is Phase.VERIFY


BEFORE = ownership.cordon(node(), "r1", cordoned_before=False, now=T0).annotations[ownership.BEFORE]
NOTED = replace(CORDONED, annotations={ownership.BEFORE: str(BEFORE)})


def test_a_node_says_that_its_machine_was_renewed_before_it_is() -> None:
    """Whatever becomes of its slot, nobody gives it back without a proof."""
    world = Machine(node=NOTED)

    assert run(world, Phase.RENEW).phase is Phase.AWAIT_STOP
    assert world.calls == ["patch", "stop"]
    assert ownership.untouched(NOTED)
    assert not ownership.untouched(world.node)


@pytest.mark.parametrize(
    "opened", [{"unschedulable": False}, {"labels": {"repull.dev/cordoned-by": "r2"}}], ids=["opened", "somebody-elses"]
)
def test_a_cordon_that_is_lost_at_the_last_moment_is_looked_at_again(opened: dict[str, Any]) -> None:
    """Whoever takes it back writes the node, and so do we, right before the call."""
    world = Machine(node=NOTED)
    world.meanwhile = lambda: setattr(world, "node", replace(NOTED, **opened))

    assert run(world, Phase.RENEW) == Next(phase=Phase.RECHECK, changes={"deadline": T0 + timedelta(minutes=5)})
    assert (world.calls.count("stop"), world.renewals) == (0, ())


def test_a_slot_is_taken_up_while_gke_says_nothing() -> None:
    """A node can be given back without it."""
    world = Machine(status=None)
    before = world.hold(Phase.ROLL_BACK)
    before.let_go()

    message = Continue(cluster=CLUSTER, refresh=before.name, slot=0, step=0)

    assert isinstance(take(message, before.cluster, before.ports, before.settings), Hold)
