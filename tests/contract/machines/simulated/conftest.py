"""What only the simulator can be asked: its books about every call, its faults, its pace, and its own controllers."""

import pytest

from tests.contract.machines.conftest import Tell


@pytest.fixture
def lab(ring_one_lab: Tell) -> Tell:
    """On ring 1 alone."""
    return ring_one_lab
