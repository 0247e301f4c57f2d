"""Tests here are coroutines that are given a lab, on every ring: each in the event loop in which the lab lives."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.machines.ground import Ground, real_control_plane, simulated
from tests.contract.machines.lab import Lab, open_lab
from tests.rings import rings
from tests.ringtwo import RingTwo

Story = Callable[[Lab], Coroutine[Any, Any, None]]
Tell = Callable[[Story], None]
"""Opens a lab, and tells the story in it."""

MOST_SECONDS = 900.0


@pytest.fixture(scope="session")
def ground_two(ring_two: RingTwo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    background = ring_two.background
    opening = real_control_plane(ring_two, tmp_path_factory.mktemp("registry"))
    yield background.run(opening.__aenter__())
    background.run(opening.__aexit__(None, None, None))


@pytest.fixture
def ring_one_lab(tmp_path: Path) -> Tell:
    def tell(story: Story) -> None:
        async def whole() -> None:
            async with simulated(tmp_path) as ground, open_lab(ground) as lab:
                await story(lab)

        asyncio.run(whole())

    return tell


@pytest.fixture(params=rings(1, 2))
def lab(request: pytest.FixtureRequest) -> Tell:
    if request.param == 1:
        told: Tell = request.getfixturevalue("ring_one_lab")
        return told
    ring_two: RingTwo = request.getfixturevalue("ring_two")
    ground: Ground = request.getfixturevalue("ground_two")

    def tell(story: Story) -> None:
        async def whole() -> None:
            async with open_lab(ground) as lab:
                await story(lab)

        asyncio.run_coroutine_threadsafe(whole(), ring_two.background.loop).result(MOST_SECONDS)

    return tell


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test in the lab that it asks for."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    tell: Any = given.pop("lab")
    tell(lambda lab: pyfuncitem.obj(lab=lab, **given))
    return True
