"""One standing world for each module that asks for it, and a folder for what is started as people start it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.standing import Standing, standing


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing() as found:
        yield found


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a program keeps its files: so they can be told from others', and so can the processes that know of them."""
    with tempfile.TemporaryDirectory(prefix="started-test-") as name:
        yield Path(name)
