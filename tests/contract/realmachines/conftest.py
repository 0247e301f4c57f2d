"""Tests here are coroutines that run in the event loop of the control plane, beside two machines that they share."""

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.realmachines.yard import Yard, open_yard
from tests.ringtwo import RingTwo

_START_SECONDS = 200
_MOST_SECONDS = 600


@pytest.fixture(scope="session")
def yard(ring_two: RingTwo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    opening = open_yard(ring_two, tmp_path_factory.mktemp("yard"))
    yield ring_two.background.run(opening.__aenter__(), within=_START_SECONDS)
    ring_two.background.run(opening.__aexit__(None, None, None))


@pytest.fixture(autouse=True)
def emptied(yard: Yard) -> Iterator[None]:
    """No pod of one test is on the machines in the next."""
    yield
    yard.ring.background.run(yard.delete_pods())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given: dict[str, Any] = {each: pyfuncitem.funcargs[each] for each in inspect.signature(pyfuncitem.obj).parameters}
    yard: Any = given["yard"]
    loop = yard.ring.background.loop
    asyncio.run_coroutine_threadsafe(pyfuncitem.obj(**given), loop).result(_MOST_SECONDS)
    return True
