"""The worlds that the proofs share, one for each module."""

from collections.abc import Iterator

import pytest

from tests.proof.crashes import Matrix
from tests.proof.laboratory import Laboratory, laboratory


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    """A module with another scene has a fixture of this name of its own."""
    with laboratory() as found:
        yield found


@pytest.fixture
def here(opened: Laboratory) -> Laboratory:
    opened.prepare()
    return opened


@pytest.fixture(scope="module")
def matrix(opened: Laboratory) -> Matrix:
    """Of a renewal whose calls have been counted."""
    found = Matrix(laboratory=opened)
    found.count()
    return found
