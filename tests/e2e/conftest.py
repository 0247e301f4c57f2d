"""One standing world for each module that asks for it."""

from collections.abc import Iterator

import pytest

from tests.e2e.standing import Standing, standing


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing() as found:
        yield found
