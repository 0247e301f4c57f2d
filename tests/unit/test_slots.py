"""Who may take a slot, with which message; what is counted when its node is done, and which slots may open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions import slots
from functions.model.refresh import Mark, Outcome, Phase, RefreshPhase, RefreshStatus, Slot
from functions.slots import Refusal, Taken

T0 = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TTL = 60.0
SOON = T0 + timedelta(minutes=5)


def take(
    status: RefreshStatus, *, index: int = 0, step: int = 0, holder: str = "a", now: datetime = T0
) -> RefreshStatus:
    taken = slots.take(status, index=index, step=step, holder=holder, now=now, ttl=TTL)
    assert isinstance(taken, Taken), taken
    return taken.status


def slot(status: RefreshStatus, index: int = 0) -> Slot:
    found = slots.find(status, index)
    assert found is not None
    return found


def test_first_message_opens_slot_0() -> None:
    """A refresh without slots is entered through slot 0."""
    status = take(RefreshStatus())

    assert slot(status).holder == "a"
    assert slot(status).holder_expires == T0 + timedelta(seconds=TTL)


@pytest.mark.parametrize(
    "index, step, now, holder, refusal",
    [
        pytest.param(0, 4, T0, "b", Refusal.STALE, id="older-step"),
        pytest.param(0, 7, T0 + timedelta(hours=1), "b", Refusal.FUTURE, id="two-ahead"),
        pytest.param(0, 5, T0, "b", Refusal.HELD, id="held"),
        pytest.param(0, 6, T0, "b", Refusal.HELD, id="next-step-while-held"),
        pytest.param(1, 0, T0, "b", Refusal.UNKNOWN_SLOT, id="slot-not-open"),
    ],
)
def test_message_is_refused(index: int, step: int, now: datetime, holder: str, refusal: Refusal) -> None:
    """Whatever does not fit the slot changes nothing and says why."""
    status = RefreshStatus(slots=(Slot(index=0, step=5, holder="a", holder_expires=T0 + timedelta(seconds=TTL)),))

    assert slots.take(status, index=index, step=step, holder=holder, now=now, ttl=TTL) is refusal


@pytest.mark.parametrize(
    "ahead, ttl, held",
    [
        pytest.param(timedelta(hours=1), TTL, True, id="an-hour-by-an-earlier-deployment"),
        pytest.param(timedelta(hours=1, seconds=1), TTL, False, id="longer-than-any-hold"),
        pytest.param(timedelta(days=365 * 70), TTL, False, id="by-a-hand"),
        pytest.param(timedelta(hours=3), 3 * 3600.0, True, id="as-holds-last"),
    ],
)
def test_a_holder_is_believed_for_no_longer_than_a_hold_can_last(
    ahead: timedelta,
    ttl: float,
    held: bool,  # noqa: FBT001 - a column
) -> None:
    status = RefreshStatus(slots=(Slot(index=0, step=5, holder="a", holder_expires=T0 + ahead),))

    found = slots.take(status, index=0, step=5, holder="b", now=T0, ttl=ttl)

    assert (found is Refusal.HELD) is held
    assert (isinstance(found, Taken) and slot(found.status).holder == "b") is not held


@pytest.mark.parametrize("phase", [RefreshPhase.SUCCEEDED, RefreshPhase.FAILED, RefreshPhase.ABORTED])
def test_refresh_that_is_over_is_never_taken(phase: RefreshPhase) -> None:
    """An end is an end."""
    assert slots.take(RefreshStatus(phase=phase), index=0, step=0, holder="a", now=T0, ttl=TTL) is Refusal.OVER


def test_expiry_continues_the_same_node() -> None:
    """A silent holder loses the hold, never the place."""
    held = slots.put(take(RefreshStatus()), replace(slot(take(RefreshStatus())), node="n1", phase=Phase.DRAIN))

    status = take(held, holder="b", now=T0 + timedelta(seconds=TTL))

    assert (slot(status).node, slot(status).phase, slot(status).holder) == ("n1", Phase.DRAIN, "b")


def test_message_one_ahead_mends_a_lost_write() -> None:
    """Its holder died between publishing n+1 and writing it: the message carries the step on, and message n is old."""
    status = slots.release(take(RefreshStatus()), slot(take(RefreshStatus())))

    status = take(status, step=1, holder="b")

    assert slot(status).step == 1
    assert slots.take(status, index=0, step=0, holder="c", now=T0 + timedelta(hours=1), ttl=TTL) is Refusal.STALE


def test_doubled_message_after_hand_over_is_stale() -> None:
    """Once n+1 is written, n has no effect, so a doubled message can't fork the chain."""
    taken = take(RefreshStatus())
    status = slots.hand_over(taken, slot(taken))

    assert slots.take(status, index=0, step=0, holder="b", now=T0, ttl=TTL) is Refusal.STALE


def test_node_is_counted_in_the_write_that_frees_its_place() -> None:
    """Counting and freeing are one write, and the mark is remembered until it is on the node."""
    taken = take(RefreshStatus())
    seated = replace(slot(taken), node="n1", phase=Phase.RETRY_PODS, attempt=1)

    status = slots.finish_node(slots.put(taken, seated), seated, Outcome.RENEWED, note="n1 renewed")

    assert (status.renewed, status.canary_verified, status.any_passed, status.notes) == (1, True, True, ("n1 renewed",))
    assert slot(status) == replace(slot(taken), marks=(Mark(node="n1", outcome=Outcome.RENEWED),))


def test_nothing_opens_before_the_canary_is_verified() -> None:
    """One node must have been renewed and verified before a second place is used; none while the run stops."""
    status = RefreshStatus(places=3, slots=(Slot(index=0),))

    assert slots.openable(status) == ()
    assert slots.openable(replace(status, canary_verified=True)) == (1, 2)
    assert slots.openable(replace(status, canary_verified=True, stopping="a node failed")) == ()


def test_slots_that_choose_at_the_same_time_take_turns() -> None:
    choosing = [Slot(index=index) for index in (0, 2, 3)]
    status = RefreshStatus(slots=(*choosing, Slot(index=1, node="n1", phase=Phase.DRAIN)))

    assert [slots.turn(status, index) for index in range(4)] == [0, 1, 1, 2]
    assert slots.choosing(status) == 3


@pytest.mark.parametrize(
    "max_unavailable, total, expected",
    [
        ("1", 100, 1),
        ("10", 5, 10),
        ("10%", 100, 10),
        ("10%", 5, 1),
        ("50%", 3, 1),
        ("33%", 10, 3),
        ("1%", 0, 1),
        ("50%", 400, 50),
    ],
)
def test_places(max_unavailable: str, total: int, expected: int) -> None:
    """Percentages are of the total, rounded down, at least one."""
    assert slots.places(max_unavailable, total) == expected


def test_notes_do_not_grow() -> None:
    """A NodeRefresh's size does not grow with the cluster."""
    status = RefreshStatus()
    for number in range(40):
        status = slots.count(status, Outcome.REFUSED, 1, notes=(f"note {number}",))

    assert status.refused == 40
    assert status.notes == tuple(f"note {number}" for number in range(30, 40))

    (*_, last) = slots.count(status, Outcome.REFUSED, 1, notes=("pod a; " * 5000,)).notes
    assert len(last) == slots.NOTE_LENGTH


def test_of_two_slots_that_nothing_was_done_in_yet_the_first_goes_first() -> None:
    """Whoever is out of service counts for both."""
    preflight = [Slot(index=index, phase=Phase.PREFLIGHT, node=f"n{index}") for index in range(2)]
    status = RefreshStatus(slots=(*preflight, Slot(index=2, phase=Phase.DRAIN, node="n2"), Slot(index=3)))

    assert slots.away(status, 0) == {"n2"}
    assert slots.away(status, 1) == {"n0", "n2"}
    assert slots.away(status, 3) == {"n0", "n1", "n2"}


@pytest.mark.parametrize("phase", [Phase.CHOOSE, Phase.PREFLIGHT, Phase.CORDON, Phase.FINISHED])
def test_what_fails_where_no_node_is_touched_is_counted_from_its_first_time_on(phase: Phase) -> None:
    """And told, and let go."""
    status = take(RefreshStatus())
    status = slots.put(status, replace(slot(status), phase=phase, node="n1"))
    status = slots.fails(status, slot(status), why="list pods: 403", until=SOON)
    status = slots.fails(status, slot(status), why="list nodes: 403", until=SOON + timedelta(minutes=5))

    assert (slot(status).deadline, slot(status).reason, slot(status).holder) == (SOON, "list nodes: 403", "")
    assert status.message == f"node n1: {phase}: list nodes: 403"


def test_what_failed_is_forgotten_once_something_has_come_about() -> None:
    status = RefreshStatus(slots=(Slot(index=0, deadline=SOON),))
    handed = slots.hand_over(status, slot(status))
    counted = slots.finish_unseated(status, slot(status), (("n1", Outcome.FRESH, ""),))

    waiting = slots.stand_by(status, slot(status), "waiting for r2")

    assert [slot(each).deadline for each in (handed, counted, waiting)] == [None] * 3
    assert waiting.message == "waiting for r2"


def test_the_deadline_of_a_node_at_work_stays() -> None:
    status = RefreshStatus(slots=(Slot(index=0, phase=Phase.DRAIN, node="n1", deadline=SOON),))
    failed = slots.fails(status, slot(status), why="list pods: 503", until=SOON + timedelta(hours=1))

    assert (slot(failed).deadline, slot(slots.hand_over(status, slot(status))).deadline) == (SOON, SOON)


def test_why_a_node_is_given_back_stays() -> None:
    status = RefreshStatus(slots=(Slot(index=0, phase=Phase.ROLL_BACK, node="n1", reason="a budget"),))

    assert slot(slots.fails(status, slot(status), why="patch nodes: 503", until=SOON)).reason == "a budget"
