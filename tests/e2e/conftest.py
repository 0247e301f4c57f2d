"""One standing world for each module, which may put its own in its place, and who and what works in it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.caller import Caller, caller, grant
from tests.e2e.standing import Standing, standing


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing() as found:
        yield found


@pytest.fixture(scope="module")
def sre(here: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Somebody at a shell who may do everything."""
    grant(here)
    with caller(here, tmp_path_factory.mktemp("sre")) as found:
        yield found


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a program keeps its files: so they can be told from others', and so can the processes that know of them."""
    with tempfile.TemporaryDirectory(prefix="started-test-") as name:
        yield Path(name)
