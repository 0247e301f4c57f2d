"""The audit trail, read back from Cloud Logging."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from functions.adapters.google_session import GoogleSession
from functions.errors import Refused, Retryable
from repull import trail
from repull.trail import Line, Question
from sandbox.faults import Fault
from tests.contract.google.conftest import OPERATOR, STRANGER, Cloud
from tests.contract.google.session import credentials

NOW = datetime.now(UTC)
MANY = trail.PAGE + 1


@pytest.fixture(autouse=True)
def _may_read_logs(cloud: Cloud) -> None:
    cloud.policies.grant(f"serviceAccount:{OPERATOR}", "roles/logging.viewer", "projects/acme")


def lines(cloud: Cloud, email: str = OPERATOR) -> Iterator[Line]:
    return trail.read(GoogleSession(credentials(cloud, email)), cloud.url, question())


def read(cloud: Cloud, email: str = OPERATOR) -> list[Line]:
    return list(lines(cloud, email))


def question() -> Question:
    return Question(
        project="acme",
        cluster="acme/us-central1/main",
        refresh="r",
        node="",
        events=(),
        since=NOW - timedelta(days=1),
        until=NOW + timedelta(days=1),
    )


def write(cloud: Cloud, number: int, **fields: object) -> None:
    payload = {"event": "repull.phase", "cluster": "acme/us-central1/main", "refresh": "r", "message": str(number)}
    cloud.logs.write(
        {
            "logName": "projects/acme/logs/run.googleapis.com%2Fstdout",
            "resource": {"type": "cloud_run_revision", "labels": {"service_name": "on-refresh-step"}},
            "timestamp": (NOW - timedelta(seconds=number)).isoformat(),
            "jsonPayload": payload | fields,
        }
    )


def test_every_page_is_read_oldest_first(cloud: Cloud) -> None:
    for number in range(MANY):
        write(cloud, number)
    found = [int(line.message) for line in read(cloud)]

    assert found == list(reversed(range(MANY)))
    assert len([call for call in cloud.books if call.api == "logging"]) == 2


def test_no_page_is_asked_for_that_nobody_reads(cloud: Cloud) -> None:
    for number in range(MANY):
        write(cloud, number)

    assert len(list(islice(lines(cloud), 3))) == 3
    assert len([call for call in cloud.books if call.api == "logging"]) == 1


def test_who_is_the_person_as_they_say_or_else_the_function(cloud: Cloud) -> None:
    write(cloud, 2, requested_by="ann")
    write(cloud, 1)

    assert [line.who for line in read(cloud)] == ["ann (claimed)", "on-refresh-step"]


def test_who_may_not_read_it_learns_which_role_is_missing(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"roles/logging\.viewer on project acme"):
        read(cloud, STRANGER)


def test_an_outage_is_an_outage(cloud: Cloud) -> None:
    cloud.faults.add(Fault(api="logging", status=503))
    with pytest.raises(Retryable):
        read(cloud)
