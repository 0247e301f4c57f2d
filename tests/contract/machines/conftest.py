"""Tests here are coroutines that are given a lab, on every ring: each in the event loop in which the lab lives."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.machines.ground import Ground, real, simulated
from tests.contract.machines.lab import Lab
from tests.contract.machines.opening import open_lab
from tests.rings import rings
from tests.ringtwo import RingTwo

Story = Callable[[Lab], Coroutine[Any, Any, None]]
Tell = Callable[[Story], None]
"""Opens a lab, and tells the story in it."""

MOST_SECONDS = 600.0


@pytest.fixture(scope="session")
def ground_two(ring_two: RingTwo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    yield from _ground(2, ring_two, tmp_path_factory.mktemp("ground"))


@pytest.fixture(scope="session")
def ground_three(ring_two: RingTwo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    yield from _ground(3, ring_two, tmp_path_factory.mktemp("ground"))


def _ground(ring: int, ring_two: RingTwo, directory: Path) -> Iterator[Ground]:
    opening = real(ring, ring_two, directory)
    yield ring_two.background.run(opening.__aenter__())
    ring_two.background.run(opening.__aexit__(None, None, None))


@pytest.fixture
def ring_one_lab(tmp_path: Path) -> Tell:
    def tell(story: Story) -> None:
        async def whole() -> None:
            async with simulated(tmp_path) as ground, open_lab(ground) as lab:
                await story(lab)

        asyncio.run(whole())

    return tell


@pytest.fixture(params=rings(1, 2, 3))
def lab(request: pytest.FixtureRequest) -> Tell:
    if request.param == 1:
        told: Tell = request.getfixturevalue("ring_one_lab")
        return told
    ring_two: RingTwo = request.getfixturevalue("ring_two")
    ground: Ground = request.getfixturevalue("ground_two" if request.param == 2 else "ground_three")

    def tell(story: Story) -> None:
        async def whole() -> None:
            async with open_lab(ground) as lab:
                await story(lab)

        asyncio.run_coroutine_threadsafe(whole(), ring_two.background.loop).result(MOST_SECONDS)

    return tell


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real things take real time."""
    for item in items:
        if item.get_closest_marker("ring2") or item.get_closest_marker("ring3"):
            item.add_marker(pytest.mark.timeout(MOST_SECONDS))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test in the lab that it asks for."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    tell: Any = given.pop("lab")
    tell(lambda lab: pyfuncitem.obj(lab=lab, **given))
    return True
