"""A machine that is recreated: until it is another one, a boot proves nothing; and none is given back in between."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from functions import ownership
from functions.hold import Hold
from functions.model.google import Member
from functions.model.names import InstanceRef
from functions.model.refresh import Outcome, Phase
from functions.phases import await_boot, renew, roll_back
from functions.phases.result import Done, Next
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.server import Server
from tests.contract.drain.ours import GROUP

NODE = "gke-main-a-1"
REF = InstanceRef(project="acme-prod", zone="us-central1-a", name=NODE)
OLD = Member(group=GROUP, id="4711")


BOOTED = {
    "nodeInfo": {"bootID": "new", "operatingSystem": "linux", "architecture": "amd64"},
    "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-06-01T00:00:00Z"}],
}


def is_up(server: Server) -> bool:
    node = server.cluster.nodes.get(NODE)
    return node is not None and node.ready and not ownership.startup_taints(node)


class Listing:
    """`ports.Groups`: the cluster's one group lists this machine."""

    def __init__(self, member: Member) -> None:
        self.member = member

    def members(self, group_url: str) -> dict[InstanceRef, Member]:
        assert group_url == GROUP
        return {REF: self.member}

    def group(self, group_url: str) -> None:
        raise AssertionError(f"a boot asks nothing of {group_url}")


class Asked:
    """`ports.Compute` that has the operation of our call, or does not know it."""

    def __init__(self, *, asked: bool) -> None:
        self.asked = asked

    def was_asked(self, *_: object) -> bool:
        return self.asked

    def _call(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("what is under way is asked for again")

    reset = recreate = stop = start = _call


def recreated(server: Server, member: Member, phase: Phase = Phase.AWAIT_BOOT) -> Hold:
    """A node has booted after its machine was marked for it; its group lists `member`, and there is no time left."""
    node = server.create(
        "nodes", {"metadata": {"name": NODE}, "spec": {"providerID": f"gce://{REF}"}, "status": BOOTED}
    )
    server.await_true(lambda: is_up(server))  # a controller takes the taint off that every new node has
    hold = held(server.cluster, phase=phase, node=NODE, audit=Trail())
    hold.ports = replace(hold.ports, groups=Listing(member))
    hold.update(
        node_uid=node["metadata"]["uid"],
        instance_id=OLD.id,
        provider_id=f"gce://{REF}",
        group=GROUP,
        escalated=True,
        boot_id_before="old",
        attempt=1,
        renewed_at=datetime(2026, 1, 1, tzinfo=UTC),
        deadline=datetime(2026, 1, 1, tzinfo=UTC),
        reason="it was refused",
    )
    return hold


@pytest.mark.parametrize(
    "member, words",
    [(OLD, "it is machine 4711 still"), (replace(OLD, id="4712", action="VERIFYING"), "at work on it: VERIFYING")],
    ids=["the-old-one", "unfinished"],
)
def test_a_boot_of_a_machine_that_may_yet_be_deleted_proves_nothing(server: Server, member: Member, words: str) -> None:
    done = await_boot.step(recreated(server, member))

    assert isinstance(done, Done)
    assert done.outcome is Outcome.FAILED
    assert words in done.note


def test_another_machine_is_known_to_the_cooldown_under_both_ids(server: Server) -> None:
    hold = recreated(server, replace(OLD, id="4712"))

    assert await_boot.step(hold) == Next(phase=Phase.VERIFY, deadline_seconds=hold.settings.ready_seconds)

    (renewal,) = server.cluster.memory.renewals()
    assert (renewal.instance, renewal.became) == ("4711", "4712")


@pytest.mark.parametrize("cordoned_before", [False, True], ids=["open", "closed"])
def test_a_node_that_comes_back_as_a_new_object_is_closed_until_it_is_verified(
    server: Server, *, cordoned_before: bool
) -> None:
    """It comes back open, and its annotations know nothing of before: the slot does."""
    hold = recreated(server, replace(OLD, id="4712"))
    hold.update(node_uid="of-the-old-one", cordoned_before=cordoned_before)

    await_boot.step(hold)

    node = server.cluster.nodes.get(NODE)
    assert node is not None
    before = ownership.before(node)
    assert before is not None
    assert (node.unschedulable, ownership.ours(node, hold.name), before.unschedulable) == (True, True, cordoned_before)
    assert not ownership.untouched(node)  # its machine is new, and nothing has proven yet that this has helped
    assert hold.slot.node_uid == node.uid


@pytest.mark.parametrize("asked", [True, False], ids=["by-us", "by-others"])
@pytest.mark.parametrize(
    "member", [replace(OLD, action="RECREATING"), replace(OLD, id="")], ids=["marked", "deleted-by-now"]
)
def test_what_the_group_shows_to_be_under_way_is_not_asked_for_again(
    server: Server, member: Member, *, asked: bool
) -> None:
    """The call's answer was lost; Compute is asked for nothing but whose work it is, which is told as ours if it is."""
    hold, trail = recreated(server, member, Phase.RENEW), Trail()
    hold.ports = replace(hold.ports, compute=lambda: Asked(asked=asked), audit=trail)

    step = renew.step(hold)

    assert isinstance(step, Next)
    assert step.phase is Phase.AWAIT_BOOT
    assert [event for event, _ in trail.lines] == (["repull.recreate"] if asked else [])


def test_one_that_was_reset_in_vain_is_not_given_back(server: Server) -> None:
    """Its re-creation was refused, say: it is empty, and pods sent there would fail."""
    hold = recreated(server, OLD, Phase.ROLL_BACK)
    hold.change_node(NODE, lambda node: ownership.cordon(node, hold.name, cordoned_before=False, now=hold.now()))

    done = roll_back.step(hold)

    assert isinstance(done, Done)
    assert "stays cordoned" in done.note
    assert "it was refused" in done.note
