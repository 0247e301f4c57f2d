"""Access must have held for a while before a node is blamed."""

from dataclasses import replace
from datetime import timedelta

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
