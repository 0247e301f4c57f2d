"""A figure of the bench is of what its name says, or there is none, and the bench says why."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.scale import chain
from bench.scale.drain import Drain
from sandbox.books import Call

STEPS = ((0.0, 10.0), (10.0, 20.0), (20.0, float("inf")))
BEGAN = datetime(2026, 11, 24, 12, tzinfo=UTC)


def eviction(seconds: float, status: int = 201) -> Call:
    at = BEGAN + timedelta(seconds=seconds)
    return Call(at=at, api="kubernetes", user="", verb="create", resource="pods/eviction", status=status)


def test_a_step_in_which_a_node_was_done_is_the_whole_of_a_renewal() -> None:
    chain.each_has_one(STEPS, (9.0, 19.0, 29.0))


@pytest.mark.parametrize("renewed", [(9.0, 29.0), (9.0, 19.0), (1.0, 9.0, 19.0, 29.0)], ids=["none", "late", "two"])
def test_a_step_that_handed_over_is_compared_with_nothing(renewed: tuple[float, ...]) -> None:
    with pytest.raises(RuntimeError, match="one node should be done in each"):
        chain.each_has_one(STEPS, renewed)


def test_a_drain_tells_how_often_an_eviction_was_tried_again() -> None:
    tries = (eviction(1, 429), eviction(6, 429), eviction(12.5, 429), eviction(62, 429))
    found = Drain(asked=(eviction(0), eviction(0.5), *tries, eviction(66)))

    assert (len(found.tries), found.spread, found.evicted) == (3, "5.00 to 6.50 s apart", 3)


@pytest.mark.parametrize(
    "asked, words",
    [
        ((), "0 pods were evicted, and 0 tries forbidden"),
        ((eviction(0), eviction(1), eviction(2)), "3 pods were evicted, and 0 tries forbidden"),
        ((eviction(0, 429), eviction(5, 429)), "0 pods were evicted, and 2 tries forbidden"),
    ],
    ids=["nothing", "never-forbidden", "never-allowed"],
)
def test_a_drain_without_a_figure_says_so(asked: tuple[Call, ...], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        Drain(asked=asked)
