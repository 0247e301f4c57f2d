"""How far a refresh is, from what its object says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions import ownership
from functions.model.names import ClusterKey
from functions.model.refresh import Mark, Outcome, Phase, Refresh, RefreshPhase, RefreshSpec, RefreshStatus, Slot
from repull import progress
from tests.unit.make import node

T0 = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def refresh(**status: object) -> Refresh:
    found = RefreshStatus(phase=RefreshPhase.RUNNING, total=8, started_at=T0)
    return Refresh(
        name="r",
        uid="u",
        resource_version="1",
        created=T0,
        spec=RefreshSpec(cluster=ClusterKey.parse("p/l/c")),
        status=replace(found, **status),  # type: ignore[arg-type]  # replace checks
    )


def test_what_is_left_takes_as_long_as_what_is_done() -> None:
    assert progress.left(refresh(fresh=1, renewed=1), T0 + HOUR) == 3 * HOUR
    assert progress.left(refresh(fresh=8), T0 + HOUR) == timedelta()


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({}, id="none-is-done"),
        pytest.param({"fresh": 1, "total": None}, id="not-counted"),
        pytest.param({"fresh": 1, "stopping": "failed"}, id="stopping"),
        pytest.param({"fresh": 7, "slots": (Slot(index=0, node="n", phase=Phase.DRAIN),)}, id="first-renewal"),
        pytest.param({"fresh": 1, "held": "paused"}, id="held"),
        pytest.param({"fresh": 1, "phase": RefreshPhase.FAILED}, id="over"),
    ],
)
def test_what_nobody_can_tell_is_not_guessed(status: dict[str, object]) -> None:
    assert progress.left(refresh(**status), T0 + HOUR) is None


def test_nodes_at_work_come_first_and_every_outcome_has_what_was_said_of_it() -> None:
    at_work = Slot(
        index=0, node="n-3", phase=Phase.DRAIN, reason="waits", marks=(Mark(node="n-2", outcome=Outcome.FRESH),)
    )
    found = refresh(
        slots=(at_work, Slot(index=1, phase=Phase.FINISHED)),
        notes=(
            "node n-10: refused for its own reasons",
            "node n-1: renewed",
            "node n-2: can pull",
            "node n-4: not n-1",
        ),
        trouble="node n-5: failed first",
    )
    labels = {ownership.REFRESH: "r", ownership.OUTCOME: "renewed"}
    marked = [node(name="n-1", labels=labels), node(name="n-5", labels=labels | {ownership.OUTCOME: "failed"})]

    rows = [(each.node, each.stands, each.why) for each in progress.nodes(found, marked)]

    assert rows == [
        ("n-3", "Drain", "waits"),
        ("n-1", "renewed", "node n-1: renewed"),
        ("n-2", "fresh", "node n-2: can pull"),
        ("n-5", "failed", "node n-5: failed first"),
    ]


@pytest.mark.parametrize(
    "phases, code",
    [
        ((), 0),
        ((RefreshPhase.SUCCEEDED,), 0),
        ((RefreshPhase.SUCCEEDED, RefreshPhase.PENDING), 4),
        ((RefreshPhase.RUNNING, RefreshPhase.FAILED), 3),
        ((RefreshPhase.SUCCEEDED, RefreshPhase.ABORTED), 3),
    ],
)
def test_the_worst_decides(phases: tuple[RefreshPhase, ...], code: int) -> None:
    assert progress.exit_code(refresh(phase=phase) for phase in phases) == code
