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
    """Twelve nodes, half of which may be renewed within an hour; other slots renew some while this one writes."""
    machine = Machine(nodes=12)
    hold = half(machine)
    assert [closed_after(renewals, machine, hold) for renewals in (0, 1, 1, 2, 3)] == [False] * 5
    assert machine.counts == [8]
    assert [closed_after(renewals, machine, hold) for renewals in (4, 5, 6)] == [False, False, True]
    assert machine.counts == [8, 20]
    assert [closed_after(renewals, machine, hold) for renewals in (2, 9, 19)] == [False, True, True]
    assert machine.counts == [8, 20]  # all twelve are counted: there are no more


def test_of_a_large_pool_a_few_nodes_are_counted() -> None:
    machine = Machine(nodes=5000)
    hold = half(machine)
    assert not closed_after(20, machine, hold)
    assert machine.counts == [84]


def test_no_pool_is_counted_where_it_is_too_much_in_any() -> None:
    machine = Machine(nodes=5000)
    assert closed_after(30, machine, half(machine))
    assert machine.counts == []


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
