"""The controllers' queue."""

import asyncio

import pytest

from sandbox.controllers.workqueue import FIRST_RETRY, WorkQueue


def test_a_key_waits_at_most_once() -> None:
    async def story() -> list[str]:
        queue = WorkQueue()
        for key in ("a", "b", "a"):
            queue.add(key)
        taken = [await queue.take(), await queue.take()]
        for key in taken:
            queue.done(key)
        queue.add("c")
        return [*taken, await queue.take()]

    assert asyncio.run(story()) == ["a", "b", "c"]


def test_a_key_that_changes_while_it_is_worked_on_comes_again_and_not_before() -> None:
    async def story() -> list[str]:
        queue = WorkQueue()
        queue.add("a")
        await queue.take()
        queue.add("a")
        queue.add("b")
        second = await queue.take()
        queue.done("a")
        return [second, await queue.take()]

    assert asyncio.run(story()) == ["b", "a"]


def test_of_two_appointments_the_earlier_is_kept() -> None:
    async def story() -> float:
        queue = WorkQueue()
        queue.add_later("a", 60)
        queue.add_later("a", 0.01)
        queue.add_later("a", 120)
        began = asyncio.get_running_loop().time()
        await queue.take()
        queue.close()
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(story()) < 10


class Leaping(asyncio.SelectorEventLoop):
    """Where nothing is ready its time leaps to the next appointment: what is measured is what was asked for."""

    _leapt = 0.0

    def time(self) -> float:
        return self._leapt

    def _run_once(self) -> None:
        if self._scheduled and not self._ready:  # type: ignore[attr-defined]
            self._leapt = max(self._leapt, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def test_each_failure_in_a_row_waits_longer() -> None:
    async def story() -> list[float]:
        queue, loop = WorkQueue(), asyncio.get_running_loop()
        waits = []
        for _ in range(4):
            began = loop.time()
            queue.add_after_failure("a")
            queue.done(await queue.take())
            waits.append(loop.time() - began)
        queue.succeeded("a")
        began = loop.time()
        queue.add_after_failure("a")
        await queue.take()
        return [*waits, loop.time() - began]

    with asyncio.Runner(loop_factory=Leaping) as runner:
        waits = runner.run(story())
    assert waits == pytest.approx([FIRST_RETRY * times for times in (1, 2, 4, 8, 1)])
