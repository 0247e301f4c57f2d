"""Many slots, each with an invocation of its own: what it costs one that the others are at work, too."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions import ownership
from functions.adapters import clock, kube_transport
from functions.adapters.tokens import Tokens
from functions.model.refresh import Phase, Slot
from functions.phases import brakes, choose
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.product import adapters
from tests.contract.adapters.server import Server
from tests.contract.drain.ours import GROUP
from tests.contract.drain.yard import POOL

NODE = "gke-main-a-1"
OTHERS = tuple(
    Slot(index=index, phase=Phase.DRAIN, node=f"gke-main-b-{index}", instance_id=str(index), group=GROUP)
    for index in (1, 2, 3)
)
AT_ONCE = 24
PATIENCE = 100.0
"""Seconds: so many handshakes take their time on a busy machine."""


class Watch:
    """`ports.Clock` that counts the pauses."""

    def __init__(self) -> None:
        self.pauses = 0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        self.pauses += 1
        clock.pause(seconds)


def test_other_slots_are_counted_without_a_look_at_their_nodes(server: Server) -> None:
    """Nor is there a second look at its own; nor at its pool, where that was counted far enough.

    Asked inside a compare-and-set: each request makes it likelier that another slot writes first.
    """
    for name in (NODE, *(slot.node for slot in OTHERS)):
        server.node(name, pool=POOL)
    hold = held(server.cluster, phase=Phase.PREFLIGHT, node=NODE, audit=Trail())
    hold.settings = replace(hold.settings, breaker_percent=75)
    alone, beside_two, beside_three = (
        replace(hold.status, slots=(*hold.status.slots, *OTHERS[:number])) for number in (0, 2, 3)
    )
    before = len(server.books)

    def asked() -> list[tuple[str, str]]:
        return [(call.verb, call.name) for call in tuple(server.books)[before:] if call.resource == "nodes"]

    assert not brakes.closed_to(hold, alone)
    for _ in range(2):
        assert not brakes.closed_to(hold, beside_two)
    assert asked() == [("get", NODE), ("list", "")]
    for _ in range(2):
        assert brakes.closed_to(hold, beside_three)  # that would be four of four nodes, and three are allowed
    assert asked() == [("get", NODE), ("list", "")]  # a fifth and a sixth would have mattered, and were asked for then


def test_a_slot_in_another_pool_takes_nothing_from_this_one(server: Server) -> None:
    server.node(NODE, pool=POOL)
    hold = held(server.cluster, phase=Phase.PREFLIGHT, node=NODE, audit=Trail())
    elsewhere = tuple(replace(slot, group=f"{slot.group}-of-another-pool") for slot in OTHERS)

    assert brakes.closed_to(hold, replace(hold.status, slots=(*hold.status.slots, *OTHERS)))
    assert not brakes.closed_to(hold, replace(hold.status, slots=(*hold.status.slots, *elsewhere)))


def test_slots_that_choose_at_the_same_time_ask_different_nodes(server: Server) -> None:
    names = tuple(f"n{number}" for number in range(10))
    for name in names:
        server.node(name)
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    hold.refresh = replace(hold.refresh, spec=replace(hold.refresh.spec, nodes=names))
    (ours,) = hold.status.slots

    def batches(number: int) -> list[list[str]]:
        every = tuple(replace(ours, index=index) for index in range(number))
        hold.refresh = replace(hold.refresh, status=replace(hold.status, slots=every))
        found = []
        for hold.index in range(number):
            found.append([node.name for node in choose._next_batch(hold, iter(()), set())])
        return found

    assert batches(1) == [["n0", "n1", "n2", "n3", "n4"]]
    assert batches(4) == [["n0", "n1"], ["n2", "n3"], ["n4", "n5"], ["n6", "n7"]]


def test_one_that_was_denied_before_goes_before_those_never_asked(server: Server) -> None:
    """Else it would be asked once more than it needs to be."""
    server.node("b1")
    for name in ("a1", "a2"):
        server.node(name, labels={ownership.STALE: "r"})
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    hold.refresh = replace(hold.refresh, status=replace(hold.status, canary_verified=True))
    batch = tuple(node for name in ("b1", "a1", "a2") if (node := server.cluster.nodes.get(name)))

    assert [node.name for node in choose._worth_asking(hold, batch)] == ["a1", "b1"]


def test_a_node_that_another_slot_finds_able_to_pull_is_not_closed_again(server: Server) -> None:
    soft = {"key": ownership.STALE, "effect": "PreferNoSchedule"}
    server.node("a1", labels={ownership.STALE: "r"}, taints=[soft])
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    hold.refresh = replace(hold.refresh, status=replace(hold.status, any_passed=True))

    async def another_slot() -> None:
        await server.admin.patch(
            "nodes", "a1", {"metadata": {"labels": {ownership.STALE: None}}, "spec": {"taints": []}}
        )

    server.fault(verb="patch", resource="nodes", name="a1", before=another_slot)

    choose._taint(hold, ())

    node = server.cluster.nodes.get("a1")
    assert node
    assert [taint.key for taint in node.taints if taint.key == ownership.STALE] == []
    assert ownership.STALE not in node.labels


def test_what_another_slot_has_written_is_read_again_at_once(server: Server) -> None:
    watch = Watch()
    hold = held(server.cluster, phase=Phase.DRAIN, node=NODE, audit=Trail(), clock=watch)
    server.cluster.refreshes.write(hold.refresh, replace(hold.status, fresh=3))

    hold.update(reason="ours")

    assert (hold.status.fresh, hold.slot.reason, watch.pauses) == (3, "ours", 0)


def test_slots_that_race_pause_before_they_race_again(server: Server) -> None:
    watch = Watch()
    hold = held(server.cluster, phase=Phase.DRAIN, node=NODE, audit=Trail(), clock=watch)
    server.fault(verb="update", resource="noderefreshes/status", status=409, times=2)

    hold.update(reason="ours")

    assert (hold.slot.reason, watch.pauses) == ("ours", 1)


@contextmanager
def met(server: Server) -> Iterator[None]:
    """None of so many calls is answered before all of them have come."""
    came, all_there = 0, asyncio.Event()

    async def wait() -> None:
        nonlocal came
        came += 1
        if came == AT_ONCE:
            all_there.set()
        await all_there.wait()

    server.fault(verb="get", resource="nodes", times=AT_ONCE, before=wait)
    yield
    server.faults.clear()


def test_connections_that_were_needed_at_a_time_are_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several invocations in one instance, ten evictions each: a handshake for each call would be most of the work."""
    monkeypatch.setattr(kube_transport, "CONNECT_SECONDS", PATIENCE)
    api, cluster = adapters(
        url=server.served.url, ca=server.certificate.ca, tokens=Tokens(server.credentials), read_seconds=PATIENCE
    )
    opened = server.served._server.server_state.connections
    with ThreadPoolExecutor(AT_ONCE) as pool:
        with met(server):
            list(pool.map(cluster.nodes.get, ["a"] * AT_ONCE))
        first = set(opened)
        with met(server):
            list(pool.map(cluster.nodes.get, ["a"] * AT_ONCE))

    assert len(first) == AT_ONCE
    assert set(opened) == first
    api.close()
