"""Another machine: what is known of the compiler of this one does not hold there."""

from collections.abc import Iterator

import pytest

from sandbox.real import programs


@pytest.fixture
def another_machine() -> Iterator[None]:
    programs.compiler.cache_clear()
    yield
    programs.compiler.cache_clear()
