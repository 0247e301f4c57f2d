"""What takes a real kubelet minutes: its longest back-off, and the end of its patience with events."""

import asyncio
import itertools
from typing import Any

from tests.contract.machines.lab import Lab, is_ready, until


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


async def test_a_boot_ends_the_back_off(lab: Lab) -> None:
    machine = await lab.machine()
    machine.boot_seconds = 1
    machine.make_stale()
    await lab.pod()

    async def has_failed_often() -> bool:
        return len(lab.books.calls(api="registry", verb="get", resource="token")) >= 6

    await until(has_failed_often)  # the next try would be three hundred simulated seconds away
    await machine.reset()
    async with asyncio.timeout(lab.ground.pace.real(280)):
        await lab.pod_when("pod", is_ready)


async def test_a_flood_of_events_about_one_pod_is_cut_off(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()

    async def recorded() -> int:
        mine = [each for each in await lab.events("pod") if each["source"]["component"] == "kubelet"]
        return sum(each["count"] for each in mine)

    async def cut_off() -> bool:
        return await recorded() >= 25

    await until(cut_off)
    tries = len(lab.books.calls(api="registry", verb="get", resource="token"))

    async def tried_again() -> bool:
        return len(lab.books.calls(api="registry", verb="get", resource="token")) > tries

    await until(tried_again)  # three events more, had they all been let through
    assert await recorded() <= 26
