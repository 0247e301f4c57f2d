"""What becomes of a start that was asked for, as far as whoever asked can see."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.errors import Refused, Retryable
from functions.model.names import ClusterKey
from functions.model.refresh import RefreshPhase, RefreshStatus
from repull import answering
from repull.answering import Answer, Answered, Goal

TOPIC = "projects/acme-ops/topics/node-refresh"
NAME = "manual-0123456789"
KEY = ClusterKey.parse("acme-prod/us-central1/main")
OPEN = object()
AWAY = Retryable("no answer")
BARRED = Refused("403")
PATIENCE = timedelta(seconds=20)


class Outside:
    """The cluster and the log, whose answers to one look after the other are told beforehand; the last one stays."""

    def __init__(self, cluster: Sequence[Any], log: Sequence[Any]) -> None:
        self._cluster, self._log = list(cluster), list(log)
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self.filters: list[str] = []

    def get(self, name: str) -> object:
        assert name == NAME
        return _next(self._cluster)

    def post(self, _: str, body: dict[str, Any], *, permission: str) -> dict[str, Any]:
        assert permission == "roles/logging.viewer on project acme-ops"
        self.filters.append(body["filter"])
        return {"entries": [entry(*each) for each in _next(self._log) if f'event="{each[0]}"' in body["filter"]]}

    def now(self) -> datetime:
        return self._now

    def pause(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def wait(self, goal: Goal = answering.OPENING) -> Answered:
        access: Any = SimpleNamespace(
            key=KEY,
            ports=SimpleNamespace(clock=self),
            cluster=SimpleNamespace(refreshes=self),
            session=self,
            settings=SimpleNamespace(logging_endpoint="https://logging.googleapis.com"),
        )
        return answering.wait(access, TOPIC, name=NAME, message_id="42", patience=PATIENCE, goal=goal)


def _next(answers: list[Any]) -> Any:
    found = answers.pop(0) if len(answers) > 1 else answers[0]
    if isinstance(found, Exception):
        raise found
    return found


def entry(event: str, message: str, message_id: str = "") -> dict[str, Any]:
    payload = {"event": event, "message": message, "message_id": message_id}
    return {"timestamp": "2026-01-01T00:00:01+00:00", "jsonPayload": payload}


REJECTED, RETRY = ("repull.rejected", "method: no"), ("repull.retry", "no answer yet")


@pytest.mark.parametrize(
    "cluster, log, found",
    [
        pytest.param([None, OPEN], [()], Answered(answer=Answer.OPENED), id="opened-later"),
        pytest.param([AWAY, OPEN], [()], Answered(answer=Answer.OPENED), id="an-api-server-that-was-away"),
        pytest.param(
            [None], [(), (RETRY, REJECTED)], Answered(answer=Answer.REJECTED, why="method: no"), id="rejected"
        ),
        pytest.param([None], [AWAY, (REJECTED,)], Answered(answer=Answer.REJECTED, why="method: no"), id="log-away"),
        pytest.param(
            [None],
            [(("repull.observed", "planned"),)],
            Answered(answer=Answer.OBSERVED, why="planned"),
            id="observed",
        ),
        pytest.param([None], [(RETRY,), ()], Answered(answer=Answer.NOT_YET, why="no answer yet"), id="tried-again"),
        pytest.param([None], [()], Answered(answer=Answer.NOT_YET), id="silence"),
        pytest.param([None], [BARRED], Answered(answer=Answer.NOT_YET, unread="403"), id="no-right-to-the-log"),
        pytest.param([None], [(), AWAY], Answered(answer=Answer.NOT_YET, unread="no answer"), id="log-out-of-reach"),
        pytest.param([None], [AWAY, ()], Answered(answer=Answer.NOT_YET), id="log-was-out-of-reach"),
        pytest.param([AWAY], [()], Answered(answer=Answer.NOT_YET, unseen="no answer"), id="cluster-out-of-reach"),
        pytest.param(
            [BARRED, OPEN], [(RETRY,)], Answered(answer=Answer.NOT_YET, why="no answer yet", unseen="403"), id="barred"
        ),
        pytest.param(
            [BARRED], [(), (REJECTED,)], Answered(answer=Answer.REJECTED, why="method: no"), id="barred-and-rejected"
        ),
        pytest.param([None, OPEN], [BARRED], Answered(answer=Answer.OPENED), id="opened-without-a-log"),
    ],
)
def test_the_first_answer_counts_and_patience_has_an_end(
    cluster: Sequence[Any], log: Sequence[Any], found: Answered
) -> None:
    outside = Outside(cluster, log)
    began = outside.now()

    assert outside.wait() == found
    assert outside.now() - began <= PATIENCE + timedelta(seconds=answering.BETWEEN)


def at(phase: RefreshPhase, *, aborting: bool = False) -> Any:
    return SimpleNamespace(status=RefreshStatus(phase=phase, aborting=aborting))


GOES_ON = at(RefreshPhase.RUNNING)


@pytest.mark.parametrize(
    "cluster, log, found, why",
    [
        pytest.param([GOES_ON, at(RefreshPhase.RUNNING, aborting=True)], [()], Answer.ABORTING, "", id="stopping"),
        pytest.param([GOES_ON, at(RefreshPhase.SUCCEEDED)], [()], Answer.ABORTING, "", id="over-before"),
        pytest.param([GOES_ON, None], [()], Answer.ABORTING, "", id="deleted"),
        pytest.param([GOES_ON], [(("repull.rejected", "no", "42"),)], Answer.REJECTED, "no", id="rejected"),
        pytest.param([GOES_ON], [(("repull.rejected", "no", "41"),)], Answer.NOT_YET, "", id="another-was-rejected"),
        pytest.param([GOES_ON], [(("repull.observed", "a step"),)], Answer.NOT_YET, "", id="a-step-was-observed"),
        pytest.param(
            [GOES_ON], [(("repull.retry", "observe mode", "42"),)], Answer.NOT_YET, "observe mode", id="comes-again"
        ),
    ],
)
def test_an_abort_is_answered_by_the_refresh_that_takes_no_further_node(
    cluster: Sequence[Any], log: Sequence[Any], found: Answer, why: str
) -> None:
    assert Outside(cluster, log).wait(answering.ABORTING) == Answered(answer=found, why=why)


def test_what_the_function_said_is_passed_on() -> None:
    said = answering.told(Answered(answer=Answer.NOT_YET, why="observe mode"), NAME, TOPIC, answering.ABORTING)

    assert said.startswith(f"{NAME} is asked to end, and does not yet; the function said observe mode; ")
    assert "Pub/Sub delivers the message again" in said


def test_where_neither_can_be_looked_at_nobody_waits() -> None:
    outside = Outside([None, BARRED], [BARRED])
    began = outside.now()

    assert outside.wait() == Answered(answer=Answer.NOT_YET, unseen="403", unread="403")
    assert outside.now() - began == timedelta(seconds=answering.BETWEEN)


def test_a_log_that_may_not_be_read_is_asked_once() -> None:
    outside = Outside([None], [BARRED])
    outside.wait()

    assert len(outside.filters) == 1


def test_a_message_that_was_not_understood_is_found_by_its_own_id() -> None:
    """Such a line names neither cluster nor refresh."""
    outside = Outside([None], [(REJECTED,)])
    outside.wait()

    assert 'OR jsonPayload.message_id="42"' in outside.filters[0]


def test_where_nothing_can_be_seen_the_command_is_told_that_shows_it() -> None:
    silent = answering.told(Answered(answer=Answer.NOT_YET), NAME, TOPIC)
    barred = answering.told(Answered(answer=Answer.NOT_YET, unread="403"), NAME, TOPIC)

    blind = answering.told(Answered(answer=Answer.NOT_YET, unseen="no answer"), NAME, TOPIC)

    assert "not opened yet" in silent
    assert f"repull audit {NAME}" in silent
    assert "not opened yet" not in blind
    assert "whether it is opened can't be seen: no answer" in blind
    assert f"gcloud logging read 'jsonPayload.refresh=\"{NAME}\"' --project=acme-ops" in barred
    assert "403" in barred
