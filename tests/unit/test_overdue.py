"""A node that is cordoned has an end, whoever refuses to have it read or written until its phase's deadline."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions import ownership
from functions.errors import NotNow, Refused, Retryable
from functions.model.refresh import Outcome, Phase
from functions.phases import overdue
from functions.phases.result import Done, Next
from tests.unit import make
from tests.unit.make import T0
from tests.unit.renewing import CORDONED, Machine

NO = Refused("patch nodes n1: 403")
LATE = {"deadline": T0}
OPEN = replace(CORDONED, unschedulable=False)
BEFORE = ownership.cordon(make.node(), "r1", cordoned_before=False, now=T0).annotations[ownership.BEFORE]
UNTOUCHED = replace(CORDONED, annotations={ownership.BEFORE: str(BEFORE)})


def end(phase: Phase, error: Refused | Retryable = NO, *, node: Any = CORDONED, **slot: Any) -> Any:
    return overdue.end(Machine(node=node).hold(phase, **(LATE | slot)), error)


@pytest.mark.parametrize("phase", overdue.ENDS)
def test_a_refusal_is_waited_out_until_the_deadline(phase: Phase) -> None:
    """A right that is just being granted is none for a moment."""
    assert end(phase, deadline=T0 + timedelta(seconds=1)) is None
    assert end(phase) is not None


@pytest.mark.parametrize("phase", [Phase.AWAIT_STOP, Phase.AWAIT_BOOT, Phase.VERIFY])
def test_a_node_that_was_renewed_and_may_not_be_written_is_unproven(phase: Phase) -> None:
    for error in (NO, NotNow("409")):
        found = end(phase, error)
        assert isinstance(found, Done)
        assert found.outcome is Outcome.FAILED
        assert found.note == found.stop
        assert found.stop.endswith(f"): nothing could be proven of node n1 in time: {error}")
        assert "node n1 stays cordoned" in found.stop
    assert end(phase, Retryable("no answer")) is None


@pytest.mark.parametrize(
    "phase, attempt",
    [
        (Phase.RENEW, 1),
        *((phase, 1) for phase in (Phase.AWAIT_STOP, Phase.AWAIT_BOOT, Phase.VERIFY, Phase.UNCORDON)),
        *((phase, 0) for phase in (Phase.SCALE_UP, Phase.ROLL_BACK)),
    ],
)
def test_an_outage_is_waited_out_for_an_hour_and_no_longer(phase: Phase, attempt: int) -> None:
    """It may be kept up by the cordon itself: a webhook that is down, whose only pod was on the node."""
    down = Retryable("create pods: 500: failed calling webhook: no endpoints")
    hour = timedelta(seconds=overdue.OUTAGE_SECONDS)

    assert end(phase, down, attempt=attempt, deadline=T0 - hour + timedelta(seconds=1)) is None
    found = end(phase, down, attempt=attempt, deadline=T0 - hour)
    assert isinstance(found, Done)
    assert (found.outcome, found.note == found.stop, str(down) in found.stop) == (Outcome.FAILED, True, True)


@pytest.mark.parametrize("phase", [Phase.RENEW, Phase.UNCORDON, Phase.SCALE_UP, Phase.ROLL_BACK])
def test_who_is_told_not_now_by_the_deadline_asks_again(phase: Phase) -> None:
    """As a server that is throttled tells it."""
    assert end(phase, NotNow("429"), attempt=1) is None


@pytest.mark.parametrize("phase", [Phase.DRAIN, Phase.RECHECK])
@pytest.mark.parametrize("error", [NO, Retryable("no answer")])
def test_an_attempt_of_before_keeps_no_node_that_was_never_renewed(phase: Phase, error: Refused | Retryable) -> None:
    """The renewal leads back only once it has found out that the attempt was never made."""
    found = end(phase, error, attempt=1)

    assert isinstance(found, Next)
    assert found.phase is Phase.ROLL_BACK


def test_a_node_whose_pods_can_t_be_looked_at_is_renewed_all_the_same() -> None:
    """It is proven, and takes pods."""
    for error in (NO, Retryable("no answer")):
        found = end(Phase.RETRY_PODS, error)
        assert isinstance(found, Done)
        assert (found.outcome, found.stop) == (Outcome.RENEWED, "")
        assert found.note.endswith(f"whether its pods are at work can't be found out: {error}")


def test_an_outage_ends_though_nobody_may_look_at_it() -> None:
    """The counts come back by the roll-back. Once the node is gone they are back, or kept by an outage of the API."""
    given_back = end(Phase.AWAIT_REMOVAL)
    removed = end(Phase.SCALE_UP)
    assert isinstance(given_back, Next)
    assert given_back.phase is Phase.ROLL_BACK
    assert isinstance(removed, Done)
    assert (removed.outcome, removed.note == removed.stop) == (Outcome.FAILED, True)
    assert end(Phase.SCALE_UP, Retryable("no answer")) is None


def test_a_node_that_passed_and_is_open_goes_on() -> None:
    """What else the cordon has left there the end of the run sees to."""
    found = end(Phase.UNCORDON, node=OPEN)

    assert isinstance(found, Next)
    assert (found.phase, found.deadline_seconds) == (Phase.RETRY_PODS, 300.0)


def test_a_node_that_passed_and_is_closed_still_is_said_to_be_well() -> None:
    said = end(Phase.UNCORDON).stop

    assert said == (
        "node n1 stays cordoned (when it is well again: kubectl uncordon n1): "
        "it can pull, and its cordon can't be taken back: patch nodes n1: 403"
    )


@pytest.mark.parametrize(
    "node, begins",
    [
        pytest.param(UNTOUCHED, "node n1 keeps its cordon until the sweep may take it back, or ", id="untouched"),
        pytest.param(None, "node n1 keeps its cordon until the sweep may take it back, or ", id="unreadable"),
        pytest.param(CORDONED, "node n1 stays cordoned (when it is well again: kubectl uncordon n1): ", id="unknown"),
        pytest.param(OPEN, "node n1 is cordoned no more, though nothing proves it well (", id="open"),
    ],
)
def test_a_node_that_can_t_be_given_back_is_told_as_it_is(node: Any, begins: str) -> None:
    found = end(Phase.ROLL_BACK, node=node, reason="its drain was blocked")

    assert isinstance(found, Done)
    assert (found.outcome, found.note == found.stop) == (Outcome.FAILED, True)
    assert found.note.startswith(begins)
    assert found.note.endswith("not renewed, and it can't be given back: patch nodes n1: 403; its drain was blocked")
    assert end(Phase.ROLL_BACK, Retryable("no answer"), node=node) is None
