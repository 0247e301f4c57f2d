"""Cloud Logging's entries, written and read back."""

import pytest

from tests.contract.google.conftest import OPERATOR, STRANGER, Cloud
from tests.contract.google.session import session

LOG = "projects/acme/logs/run.googleapis.com%2Fstdout"
OF_THIS_LOG = {"resourceNames": ["projects/acme"], "filter": f'logName="{LOG}"'}


@pytest.fixture(autouse=True)
def _may_log(cloud: Cloud) -> None:
    for role in ("roles/logging.logWriter", "roles/logging.viewer"):
        cloud.policies.grant(f"serviceAccount:{OPERATOR}", role, "projects/acme")


def write(cloud: Cloud, *entries: dict[str, object], email: str = OPERATOR) -> int:
    body = {"logName": LOG, "resource": {"type": "cloud_run_revision"}, "entries": list(entries)}
    return session(cloud, email).post(f"{cloud.url}/v2/entries:write", json=body).status_code


def read(cloud: Cloud, **body: object) -> dict[str, list[dict[str, object]]]:
    answer = session(cloud).post(f"{cloud.url}/v2/entries:list", json=OF_THIS_LOG | body)
    found: dict[str, list[dict[str, object]]] = answer.json()
    return found


def test_what_was_written_is_read_back_by_filter(cloud: Cloud) -> None:
    write(cloud, {"severity": "INFO", "jsonPayload": {"event": "verdict"}}, {"textPayload": "noise"})
    [entry] = read(cloud, filter='jsonPayload.event="verdict" severity>=INFO')["entries"]
    assert entry["logName"] == LOG
    assert entry["resource"] == {"type": "cloud_run_revision"}
    assert entry["insertId"]
    assert entry["receiveTimestamp"]


def test_an_entry_written_twice_is_kept_once(cloud: Cloud) -> None:
    for _ in range(2):
        write(cloud, {"insertId": "a", "timestamp": "2026-11-24T08:00:00Z", "textPayload": "once"})
    assert len(read(cloud)["entries"]) == 1


def test_pages_come_in_the_order_asked_for(cloud: Cloud) -> None:
    for minute in (2, 1, 3):
        write(cloud, {"timestamp": f"2026-11-24T08:0{minute}:00Z", "textPayload": str(minute)})
    first = read(cloud, orderBy="timestamp desc", pageSize=2)
    assert [entry["textPayload"] for entry in first["entries"]] == ["3", "2"]
    rest = read(cloud, orderBy="timestamp desc", pageSize=2, pageToken=first["nextPageToken"])
    assert [entry["textPayload"] for entry in rest["entries"]] == ["1"]
    assert "nextPageToken" not in rest


def test_a_filter_that_is_not_understood_is_refused(cloud: Cloud) -> None:
    assert "Unparseable filter" in str(read(cloud, filter="severity>>INFO"))


def test_who_may_not_write_is_refused(cloud: Cloud) -> None:
    assert write(cloud, {"textPayload": "forged"}, email=STRANGER) == 403
    assert LOG not in {entry["logName"] for entry in cloud.logs}
