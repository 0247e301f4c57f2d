"""Access must have held for a while before a node is blamed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions import pulls
from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer
from functions.reply import Reply
from tests.unit.diagnosing import SETTINGS, World
from tests.unit.make import T0


def test_access_must_have_held_before_a_node_is_blamed() -> None:
    world = World()
    said = world.verdict()
    assert (said["kind"], said["retry_after"]) == ("PROPAGATING", T0 + timedelta(seconds=600))
    assert not world.refreshes
    world.later(599)
    assert world.diagnose() is Reply.DUPLICATE
    world.later(1)
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")


def test_a_verdict_that_waits_for_time_stands_no_longer_than_that() -> None:
    world = World(settings=replace(SETTINGS, memory_seconds=3600))
    world.verdict()
    world.later(600)
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


@pytest.mark.parametrize("propagation", [0, 1, 60, 149, 299, 600])
def test_a_pod_that_fails_every_five_minutes_waits_no_longer_than_access_must_have_held(propagation: float) -> None:
    """The kubelet's events may be further apart than that, and still access was seen to hold all the while."""
    world, opened = World(settings=replace(SETTINGS, propagation_seconds=propagation)), T0
    while not world.refreshes:
        world.diagnose()
        opened = world.now
        assert opened <= T0 + timedelta(hours=1), [line["message"] for line in world.lines]
        world.later(pulls.MOST_SECONDS)
    assert timedelta(seconds=propagation) <= opened - T0 <= timedelta(seconds=propagation + pulls.MOST_SECONDS)


def test_access_that_was_not_looked_at_for_long_must_hold_anew() -> None:
    """Whether it has held in between nobody knows: the failure had ended."""
    world = World(settings=replace(SETTINGS, propagation_seconds=60))
    world.verdict()
    world.later(2 * pulls.MOST_SECONDS)
    assert world.kind() is VerdictKind.PROPAGATING


def test_a_denial_in_between_begins_it_anew() -> None:
    world = World(settings=replace(SETTINGS, memory_seconds=0))
    world.verdict()
    world.later(300)
    granted, world.access = world.access, AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")
    world.verdict()
    world.later(300)
    world.access = granted
    said = world.verdict()
    assert (said["kind"], said["retry_after"]) == ("PROPAGATING", world.now + timedelta(seconds=600))
