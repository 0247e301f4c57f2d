"""What came up once a node was chosen holds the chain: its preflight refuses none for it."""

from dataclasses import replace
from typing import Any

from functions.errors import Refused
from functions.holding import Held
from functions.model.refresh import Method, Phase
from functions.phases import preflight
from tests.unit.renewing import CORDONED, Machine


def test_an_upgrade_that_began_under_the_invocations_eyes_is_seen() -> None:
    """It may have asked a hundred nodes since it took its slot."""
    world = Machine()
    hold = world.hold(Phase.PREFLIGHT, method=Method.RESET)
    world.status = "RECONCILING"

    found = preflight.step(hold)

    assert isinstance(found, Held)
    assert "RECONCILING" in found.reason


def test_an_upgrade_that_begins_while_the_node_is_looked_at_refuses_none() -> None:
    world = Machine()
    hold = world.hold(Phase.PREFLIGHT, method=Method.RESET)
    groups: Any = hold.ports.groups
    members = groups.members

    def begins(url: str) -> Any:
        world.status = "RECONCILING"
        return members(url)

    groups.members = begins

    found = preflight.step(hold)

    assert isinstance(found, Held)
    assert "RECONCILING" in found.reason


def test_what_is_remembered_is_spoilt_once_a_node_was_chosen() -> None:
    """It holds the chain whatever else there is to say: here nobody may look at the machine's group."""
    world = Machine(unreadable="data.renewals can't be read", member=Refused("not allowed"))

    found = preflight.step(world.hold(Phase.PREFLIGHT, method=Method.RESET))

    assert found == Held(reason="data.renewals can't be read")


def test_what_a_deleted_refresh_of_its_name_has_left_cordoned_takes_a_place() -> None:
    """Only what sits in a slot is counted as such already."""
    left = replace(CORDONED, name="n2")
    hold = Machine(left=(CORDONED, left)).hold(Phase.PREFLIGHT)

    assert preflight.gather(hold, CORDONED, Method.RESET, ()).left_cordoned == (left,)
