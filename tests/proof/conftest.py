"""The matrix of a renewal whose calls have been counted, one for each module."""

from collections.abc import Iterator

import pytest

from tests.proof.crashes import Matrix
from tests.proof.laboratory import laboratory


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with laboratory() as opened:
        found = Matrix(laboratory=opened)
        found.count()
        yield found
