"""A node is done once the pods that its drain left without a place are READY on it, and not a moment before."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from functions.phases import unplaced
from functions.settings import Severity
from sandbox import deployment
from sandbox.faults import Fault
from sandbox.objects.pods import is_active, is_ready
from sandbox.scenarios import runbook
from tests.e2e.smallest import OTHER, REPLICAS, STALE
from tests.proof.gate import Gate
from tests.proof.laboratory import Laboratory
from tests.proof.saying import told
from tests.proof.story import Story
from tests.proof.watch import watched

UNHURRIED = 600.0
"""Seconds that the scheduler has: the machine may have a lot of other work."""


def test_the_next_node_waits_for_the_pods_that_had_no_other_place(
    here: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler is slow: it binds none before somebody waits for it."""
    monkeypatch.setattr(unplaced, "PLACED_WITHIN", UNHURRIED)
    calls: list[str] = []
    ready: list[int] = []  # how many pods are, right before each write of the status
    waited_for = asyncio.Event()

    async def waits() -> None:
        await waited_for.wait()

    async def binds() -> None:
        waited_for.set()

    def passing(kind: str, _: int) -> None:
        calls.append(kind)
        if kind == "update noderefreshes/status":
            pods = here.world.view.list("pods", runbook.NAMESPACE)
            ready.append(sum(is_active(pod) and is_ready(pod) for pod in pods))
        if kind == "watch pods" and "create pods/eviction" in calls and not closed(here, STALE):
            if not any("has no place yet" in why for why in told(here)["RetryPods"]):
                here.time.skip(here.settings.holder_seconds / 2)  # after which it is written what it waits for
            else:
                here.background.run(binds())

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    with nowhere_else(here):
        here.world.faults.add(Fault(verb="create", resource="pods/binding", times=10**9, before=waits))
        story.play(story.start)
    writes = here.world.books.calls(verb="update", resource="noderefreshes/status", user=deployment.REFRESH)
    renewed = [call.body["status"].get("renewed", 0) for call in writes]
    assert len(renewed) == len(ready), story.told()
    assert (min(ready), ready[renewed.index(1)]) == (REPLICAS - 1, REPLICAS), story.told()


@contextmanager
def nowhere_else(here: Laboratory) -> Iterator[None]:
    """The other node takes no pods, and that this one is the last which does is no refusal."""
    before = here.settings
    here.settings = replace(before, last_node=Severity.WARN)
    cordon(here, closed=True)
    try:
        yield
    finally:
        here.settings = before
        cordon(here, closed=None)


def cordon(here: Laboratory, *, closed: bool | None) -> None:
    run, admin = here.background.run, here.world.admin
    run(admin.patch("nodes", OTHER, {"spec": {"unschedulable": closed}}))


def closed(here: Laboratory, name: str) -> bool:
    return bool(here.world.view.get("nodes", name)["spec"].get("unschedulable"))
