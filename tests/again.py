"""What `make test` leaves out, for others ask the same there; `make test WHOLE=1` runs it too."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def again(every: Iterable[object], *, but: Collection[object]) -> list[Any]:
    """Parameters: those of `every` that always run, and the others marked."""
    return [each if each in but else pytest.param(each, marks=pytest.mark.again) for each in every]
