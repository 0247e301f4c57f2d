"""How much is generated: as much as CI has time for and the same every time, or by hand more and others each time."""

import random
from itertools import count
from typing import TypeVar

from hypothesis import Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

LARGE = "large"
AT_A_TIME = 12
"""Examples from one seed: hypothesis varies what it has already, and soon they are all alike."""

T = TypeVar("T")


def generating(*, fixed: int) -> settings:
    """`fixed` examples that are always the same, or those of the large profile. What fails is small: no shrinking."""
    return settings(
        max_examples=_wanted(fixed),
        derandomize=not _large(),
        database=None,
        deadline=None,
        phases=(Phase.generate,),
    )


def distinct(strategy: SearchStrategy[T], *, fixed: int) -> tuple[T, ...]:
    """As many different ones, from outside of a test: for those who need all of them at once."""
    found: dict[T, None] = {}

    @settings(max_examples=AT_A_TIME, database=None, deadline=None, phases=(Phase.generate,))
    @given(strategy)
    def collect(example: T) -> None:
        found[example] = None

    first = random.randrange(1_000_000) if _large() else 0
    for number in count(first):
        seed(number)(collect)()
        if len(found) >= _wanted(fixed):
            break
    return tuple(found)[: _wanted(fixed)]


def _large() -> bool:
    return settings.get_current_profile_name() == LARGE


def _wanted(fixed: int) -> int:
    return settings().max_examples if _large() else fixed
