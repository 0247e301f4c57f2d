"""What takes a real kubelet minutes: its longest back-off, and the end of its patience with events."""

import itertools
from typing import Any

import pytest

from sandbox import recorder
from sandbox.machines import imagemanager
from tests.contract.machines.ground import SPEED
from tests.contract.machines.lab import DEADLINE, Lab, until
from tests.contract.machines.states import backs_off, is_ready

HOURS = 3 * DEADLINE * SPEED
"""Simulated seconds that are longer than any wait in these tests."""


async def test_the_next_try_comes_after_ten_seconds_and_then_after_twice_as_many(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()

    async def four_tries() -> list[Any] | None:
        calls = lab.books.calls(api="registry", verb="get", resource="token")
        return calls if len(calls) >= 4 else None

    calls = await until(four_tries)
    gaps = [
        (later.at - earlier.at).total_seconds() * lab.ground.pace.speed for earlier, later in itertools.pairwise(calls)
    ]
    assert gaps[0] >= 10
    assert gaps[1] >= 20
    assert gaps[2] >= 40


async def test_a_boot_ends_the_back_off(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagemanager, "FIRST_BACKOFF", HOURS)
    monkeypatch.setattr(imagemanager, "LONGEST_BACKOFF", HOURS)
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod()
    await lab.pod_when("pod", backs_off)
    await machine.reset()
    await lab.pod_when("pod", is_ready)  # or it would take three times as long as any wait


async def test_a_flood_of_events_about_one_pod_is_cut_off(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "REFILL_SECONDS", HOURS)
    (await lab.machine()).make_stale()
    await lab.pod()

    async def recorded() -> int:
        mine = [each for each in await lab.events("pod") if each["source"]["component"] == "kubelet"]
        return sum(each["count"] for each in mine)

    async def cut_off() -> bool:
        return await recorded() >= recorder.BURST

    await until(cut_off)
    tries = len(lab.books.calls(api="registry", verb="get", resource="token"))

    async def tried_again() -> bool:
        return len(lab.books.calls(api="registry", verb="get", resource="token")) > tries

    await until(tried_again)  # three events more, had they been let through
    assert await recorded() == recorder.BURST


async def test_an_event_may_be_told_again_after_a_while(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()

    async def more_than_a_flood() -> bool:
        mine = [each for each in await lab.events("pod") if each["source"]["component"] == "kubelet"]
        return bool(sum(each["count"] for each in mine) > recorder.BURST)

    await until(more_than_a_flood)
