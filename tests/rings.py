"""On which rings a test runs: 1 is simulated, 2 has a real control plane, 3 has real machines too."""

from typing import Any

import pytest

_MARKS: dict[int, Any] = {1: (), 2: pytest.mark.ring2, 3: pytest.mark.ring3}


def rings(*numbers: int, again: int = 0) -> list[Any]:
    """Parameters for a fixture or a test that runs once on each of these rings, on `again` where all is asked for."""
    return [pytest.param(number, id=f"ring{number}", marks=_marks(number, again)) for number in numbers]


def _marks(number: int, again: int) -> Any:
    return (_MARKS[number], pytest.mark.again) if number == again else _MARKS[number]
