"""Tests here are coroutines: each runs in an event loop of its own, in which its lab lives."""

import asyncio
import inspect

import pytest

from tests.contract.machines.lab import Lab, open_lab


@pytest.fixture
def lab() -> None:
    """Opened inside the test's own event loop: see `pytest_pyfunc_call`."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test, with a lab if it asks for one."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}

    async def story() -> None:
        if "lab" not in given:
            await pyfuncitem.obj(**given)
            return
        async with open_lab() as lab:
            opened: Lab = lab
            await pyfuncitem.obj(**{**given, "lab": opened})

    asyncio.run(story())
    return True
