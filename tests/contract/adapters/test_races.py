"""Slots that write to one refresh at the same moments: none of them gives up, which would cost its node ten seconds."""

from functions import ownership, racing
from functions.aborting import abort
from functions.adapters.clock import WallClock
from functions.messages.steps import Abort, Sweep
from functions.model.cluster import NodeChange
from functions.model.refresh import Phase
from functions.reply import Reply
from functions.sweep import sweep
from sandbox.faults import Fault
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.product import KEY
from tests.contract.adapters.server import Server

NODE = "n1"
OTHERS = 10
"""As many slots as write before this one."""


def test_a_slot_writes_after_ten_others(server: Server) -> None:
    hold = held(server.cluster, phase=Phase.CORDON, node=NODE, audit=Trail())
    server.faults.add(Fault(verb="update", resource="noderefreshes/status", status=409, times=OTHERS))

    hold.update(phase=Phase.DRAIN)

    (slot,) = server.stored("noderefreshes", hold.name)["status"]["slots"]
    assert slot["phase"] == "Drain"


def test_a_node_is_changed_after_ten_others(server: Server) -> None:
    server.node(NODE)
    hold = held(server.cluster, phase=Phase.CORDON, node=NODE, audit=Trail())
    server.faults.add(Fault(verb="patch", resource="nodes", status=409, times=OTHERS))

    hold.change_node(NODE, lambda node: None if node.unschedulable else NodeChange(unschedulable=True))

    assert server.stored("nodes", NODE)["spec"]["unschedulable"]


class Clock(WallClock):
    """It pauses for no time, and keeps for how long it was asked to."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def test_an_abort_comes_through_after_ten_others(server: Server) -> None:
    """The slots of a large run write to it all the while."""
    clock = Clock()
    hold = held(server.cluster, phase=Phase.CORDON, node=NODE, audit=Trail(), clock=clock)
    server.faults.add(Fault(verb="update", resource="noderefreshes/status", status=409, times=OTHERS))

    assert abort(Abort(cluster=KEY, refresh=hold.name), hold.ports, hold.settings) is Reply.HANDLED

    assert server.stored("noderefreshes", hold.name)["status"]["aborting"]
    assert len(clock.pauses) == OTHERS
    assert all(clock.pauses)


def test_the_sweep_takes_back_what_ten_others_write_at_the_same_time(server: Server) -> None:
    clock = Clock()
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail(), clock=clock)
    server.node(NODE, labels={ownership.REFRESH: "deleted"})
    server.faults.add(Fault(verb="patch", resource="nodes", status=409, times=OTHERS))

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    assert ownership.REFRESH not in server.stored("nodes", NODE)["metadata"]["labels"]
    assert len(clock.pauses) == OTHERS
    assert all(clock.pauses)


def test_who_has_lost_is_further_apart_each_time_but_never_long() -> None:
    for lost in range(1, racing.ATTEMPTS + 1):
        waits = [racing.apart(lost) for _ in range(100)]
        assert 0 < min(waits) < max(waits) <= min(0.1 * 2 ** (lost - 1), racing.LONGEST_SECONDS)
