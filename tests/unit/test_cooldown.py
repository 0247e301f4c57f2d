"""A machine that was renewed of late is left alone for the same cause, and told why, and what may be done."""

from datetime import timedelta

import pytest

from functions import cooldown, guards
from functions.methods.circumstances import Circumstances
from functions.model.google import Group, Instance
from functions.model.refresh import Method
from functions.ports import Renewal
from tests.unit.make import T0, refresh
from tests.unit.preflighting import MEMBER, OURS, preflight, renewal

COOLS = "cools down until 2026-11-24 03:30 UTC (30 min left, by REPULL_COOLDOWN_SECONDS of 3600); wait, or lower that"
ANOTHER = "start another one once it has cooled down (REPULL_COOLDOWN_SECONDS)"


@pytest.mark.parametrize(
    "method, before, how, open_still",
    [
        (Method.RESET, "was renewed", "", ", or let the method be Recreate, which does more"),
        (Method.RECREATE, "was renewed", "", ""),
        (Method.SCALE_WORKLOADS, "was to be removed", ", in vain", ", or let the method be Reset"),
    ],
)
def test_it_says_what_was_done_and_what_may_follow(method: Method, before: str, how: str, open_still: str) -> None:
    found = renewal(method=method, refresh="r1")
    past = f"({method} at 2026-11-24 02:30 UTC by r1{how})"

    assert cooldown.too_soon(found, seconds=3600, now=T0) == (
        f"its machine {before} for this cause before {past}, and {COOLS}{open_still}"
    )
    assert cooldown.once(found) == f"its machine {before} by this refresh before {past}; {ANOTHER}{open_still}"


def test_what_is_open_still_is_not_refused_itself() -> None:
    """The method that a sentence names passes the very cooldown that it speaks of."""
    for method in Method:
        for other in Method:
            if f"let the method be {other}" in cooldown.once(renewal(method=method)):
                assert not method.covers(other)


@pytest.mark.parametrize(
    "past",
    [
        pytest.param(renewal(at=T0 - timedelta(hours=1)), id="cooldown-over"),
        pytest.param(renewal(instance="4712"), id="another-machine"),
        pytest.param(renewal(cause="another"), id="another-cause"),
    ],
)
def test_cooldown_is_about_this_machine_and_this_cause(past: Renewal) -> None:
    """Other machines, other causes and old renewals don't count."""
    assert guards.refusals(preflight(renewals=(past,))) == ()


@pytest.mark.parametrize(
    "past, method, refused",
    [
        pytest.param(renewal(), Method.RECREATE, False, id="more-than-before"),
        pytest.param(renewal(method=Method.RECREATE), Method.RECREATE, True, id="the-same-again"),
        pytest.param(renewal(method=Method.RECREATE), Method.RESET, True, id="less-than-before"),
        pytest.param(
            renewal(instance="4710", became="4711", method=Method.RECREATE), Method.RESET, True, id="under-its-new-id"
        ),
        pytest.param(renewal(refresh="r1"), Method.RECREATE, False, id="more-in-one-refresh"),
    ],
)
def test_the_cooldown_lets_pass_what_does_more(past: Renewal, method: Method, refused: bool) -> None:  # noqa: FBT001 - a column
    """A machine that was recreated is another one, and remembered as such."""
    known = Group(), Instance(ref=OURS, id="4711", status="RUNNING")
    machine = Circumstances(node="n1", member=MEMBER, group=known[0], machine=known[1])

    reasons = guards.refusals(preflight(renewals=(past,), refresh=refresh(method=method), machine=machine))

    assert bool(reasons) == refused


def test_the_same_refresh_never_renews_twice_however_long_it_takes() -> None:
    """The cooldown may be over, or 0."""
    (reason,) = guards.refusals(preflight(renewals=(renewal(refresh="r1"),), cooldown_seconds=0.0))

    assert "renewed" in reason


def test_a_refresh_by_hand_has_the_same_cause() -> None:
    """Whoever opened it: the repository is what it is about."""
    assert cooldown.cause(refresh(account="")) == cooldown.cause(refresh())
