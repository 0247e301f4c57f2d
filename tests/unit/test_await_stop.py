"""A machine that is to stop is waited for and started, and no start that was merely asked for counts as done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.errors import NotNow, Refused
from functions.model.refresh import Outcome, Phase
from functions.phases import await_stop
from functions.phases.result import Done
from tests.unit.make import T0
from tests.unit.renewing import CORDONED, MEMBER, SETTINGS, Machine

OFF = replace(MEMBER, status="TERMINATED")
BOOTED = replace(CORDONED, boot_id="after", ready=True, heartbeat=T0)


def nothing() -> None: ...


def failed() -> None:
    raise Refused("operation start-1 failed: ZONE_RESOURCE_POOL_EXHAUSTED")


def step(world: Machine) -> Any:
    return await_stop.step(world.hold(Phase.AWAIT_STOP))


@pytest.mark.parametrize(
    "start, words", [(failed, "EXHAUSTED"), (nothing, "is off still")], ids=["failed", "no-effect"]
)
def test_a_start_that_was_asked_for_in_vain_is_owed_still(start: Any, words: str) -> None:
    """The note stays, so that the sweep starts it; the same request is made again, which can't start it twice."""
    world = Machine(member=OFF, asked=True, start=start)

    found = step(world)

    assert isinstance(found, Done)
    assert found.outcome is Outcome.FAILED
    assert words in found.note
    assert world.cleared == []
    assert world.told == ["has asked for machine acme-prod/us-central1-a/n1 to be started"]


def test_a_start_that_compute_puts_off_has_until_the_deadline() -> None:
    """It may pass; where it does not, the sweep goes on trying."""

    def put_off() -> None:
        raise NotNow("start machine n1: 409")

    world = Machine(member=OFF, start=put_off)
    with pytest.raises(NotNow):
        step(world)
    world.now += timedelta(minutes=5)

    found = step(world)

    assert isinstance(found, Done)
    assert found.outcome is Outcome.FAILED
    assert "was stopped, and can't be started yet: start machine n1: 409" in found.note
    assert world.cleared == []


def test_a_start_that_is_done_by_the_second_time_counts() -> None:
    world = Machine(member=OFF, asked=True)

    def started() -> None:
        world.member = replace(OFF, action="STARTING")

    world.start = started

    assert step(world).phase is Phase.AWAIT_BOOT
    assert world.cleared == ["4711"]
    assert world.told[-1] == "started machine acme-prod/us-central1-a/n1"


def test_a_start_that_the_group_shows_is_not_asked_for_again() -> None:
    world = Machine(member=MEMBER, asked=True)

    assert step(world).phase is Phase.AWAIT_BOOT
    assert (world.cleared, world.calls) == (["4711"], [])


@pytest.mark.parametrize("action, cleared", [("NONE", ["4711"]), ("STOPPING", [])])
def test_a_machine_that_is_about_to_stop_does_not_run_again(action: str, cleared: list[str]) -> None:
    """However often it has booted meanwhile."""
    world = Machine(member=replace(MEMBER, action=action), node=BOOTED)

    step(world)

    assert world.cleared == cleared


def test_a_group_is_looked_at_every_few_seconds() -> None:
    """It can't be watched, and its quota is everybody's."""
    world = Machine(member=replace(MEMBER, action="STOPPING"))
    pauses: list[float] = []
    world.passes = pauses.append

    step(world)

    assert set(pauses) == {5.0}
    assert len(pauses) == 60


def test_what_does_not_stop_says_so() -> None:
    """Nobody but whoever reads the refresh would learn it: a group tells nothing by itself."""
    world = Machine(member=replace(MEMBER, status="STOPPING"))
    hold = world.hold(Phase.AWAIT_STOP, holder_expires=T0 + timedelta(seconds=SETTINGS.holder_seconds))

    found = await_stop.step(hold)

    assert isinstance(found, Done)
    assert hold.slot.reason == "its machine is STOPPING still"
