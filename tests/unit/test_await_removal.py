"""A node that its pool's autoscaler is to remove says what it waits for."""

from datetime import timedelta

from functions.model.refresh import Method, Phase
from functions.phases import await_removal
from functions.phases.result import Next
from tests.unit.make import T0
from tests.unit.renewing import CORDONED, SETTINGS, Machine


def test_a_node_that_is_not_removed_says_so() -> None:
    """It lasts for as long as an outage may, and nobody else tells of it."""
    expires = T0 + timedelta(seconds=SETTINGS.holder_seconds)
    hold = Machine().hold(
        Phase.AWAIT_REMOVAL, method=Method.SCALE_WORKLOADS, node_uid=CORDONED.uid, holder_expires=expires
    )

    found = await_removal.step(hold)

    assert isinstance(found, Next)
    assert found.phase is Phase.ROLL_BACK
    assert hold.slot.reason == "its pool's autoscaler has not removed it yet"
