"""An escalation is of the node under way: nothing that holds the chain keeps it, and it counts as a renewal."""

from dataclasses import replace
from typing import Any

import pytest

from functions.model.refresh import Method, Phase, Slot
from functions.model.schedule import parse_freezes
from functions.phases import brakes
from functions.phases.escalate import escalate
from functions.phases.result import Next
from functions.ports import Pause, Renewal
from functions.settings import Switch
from tests.unit.make import T0
from tests.unit.renewing import GROUP_URL, Machine

TODAY = parse_freezes(f"{T0:%Y-%m-%d}..{T0:%Y-%m-%d}")
RESET = Renewal(instance="0815", cause="c", at=T0, refresh="r1", pool="pool-1")


@pytest.mark.parametrize(
    "world, settings",
    [
        ({"pause": Pause(why="look first")}, {}),
        ({"tripped": "too many"}, {}),
        ({}, {"pause": Switch.ON}),
        ({}, {"freezes": TODAY}),
    ],
    ids=["cluster-paused", "breaker-open", "setting", "freeze"],
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
