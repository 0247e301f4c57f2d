"""The circuit breaker's percentage is of a pool that may have thousands of nodes: it counts no more than matter."""

from dataclasses import replace
from datetime import timedelta

from functions.hold import Hold
from functions.model.refresh import Phase
from functions.phases import brakes
from functions.ports import Renewal
from tests.unit.make import T0
from tests.unit.renewing import Machine


def test_a_pool_is_counted_again_only_where_it_was_not_counted_far_enough() -> None:
    """Six nodes, half of which may be renewed within an hour; other slots renew them while this one tries to write."""
    machine = Machine(nodes=6)
    hold = half(machine)
    assert [closed_after(renewals, machine, hold) for renewals in (0, 1, 1, 2, 2, 3)] == [False] * 5 + [True]
    assert machine.counts == [4, 6, 8]
    assert [closed_after(renewals, machine, hold) for renewals in (2, 4, 9)] == [False, True, True]
    assert machine.counts == [4, 6, 8]  # all six are counted: there are no more


def test_of_a_large_pool_a_few_nodes_are_counted() -> None:
    machine = Machine(nodes=5000)
    hold = half(machine)
    assert not closed_after(20, machine, hold)
    assert machine.counts == [42]


def half(machine: Machine) -> Hold:
    hold = machine.hold(Phase.PREFLIGHT)
    hold.settings = replace(hold.settings, breaker_percent=50)
    return hold


def closed_after(renewals: int, machine: Machine, hold: Hold) -> bool:
    at = T0 - timedelta(minutes=5)
    machine.renewals = tuple(
        Renewal(instance=str(each), cause="c", at=at, refresh="r0", pool="pool-1") for each in range(renewals)
    )
    return brakes.closed_to(hold, hold.status)
