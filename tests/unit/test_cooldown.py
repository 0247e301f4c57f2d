"""What is said of a machine that was renewed of late is true of the method, and names the way that is open."""

from datetime import timedelta

import pytest

from functions import cooldown
from functions.model.refresh import Method
from functions.ports import Renewal
from tests.unit.make import T0

COOLS = "cools down until 2026-11-24 03:30 UTC (30 min left, by REPULL_COOLDOWN_SECONDS of 3600); wait, or lower that"
ANOTHER = "start another one once it has cooled down (REPULL_COOLDOWN_SECONDS)"


def renewal(method: Method) -> Renewal:
    at = T0 - timedelta(minutes=30)
    return Renewal(instance="4711", cause="c", at=at, refresh="r1", pool="pool-1", method=method)


@pytest.mark.parametrize(
    "method, before, how, open_still",
    [
        (Method.RESET, "was renewed", "", ", or let the method be Recreate, which does more"),
        (Method.RECREATE, "was renewed", "", ""),
        (Method.SCALE_WORKLOADS, "was to be removed", ", in vain", ", or let the method be Reset"),
    ],
)
def test_it_says_what_was_done_and_what_may_follow(method: Method, before: str, how: str, open_still: str) -> None:
    found = renewal(method)
    past = f"({method} at 2026-11-24 02:30 UTC by r1{how})"

    assert cooldown.too_soon(found, seconds=3600, now=T0) == (
        f"its machine {before} for this cause before {past}, and {COOLS}{open_still}"
    )
    assert cooldown.once(found) == f"its machine {before} by this refresh before {past}; {ANOTHER}{open_still}"


def test_what_is_open_still_is_not_refused_itself() -> None:
    """The method that a sentence names passes the very cooldown that it speaks of."""
    for method in Method:
        for other in Method:
            if f"let the method be {other}" in cooldown.once(renewal(method)):
                assert not method.covers(other)
