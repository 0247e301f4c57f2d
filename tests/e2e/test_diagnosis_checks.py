"""Every check and every outcome, by the function's own door: an event in, and then what was said, asked and done."""

import time
from collections.abc import Iterator

import pytest

from sandbox import deployment
from sandbox.objects.kinds import name_of
from tests.e2e.checkups import CASES, Case
from tests.e2e.ward import Ward, ward


@pytest.fixture(scope="module")
def whole_ward() -> Iterator[Ward]:
    with ward() as opened:
        opened.run(opened.world.refresh.stop())  # that a renewal is asked for is what counts here
        yield opened


@pytest.fixture
def opened(whole_ward: Ward) -> Iterator[Ward]:
    yield whole_ward
    whole_ward.clear()


def unanswered(opened: Ward) -> list[str]:
    """Events on pods that were to be said while a busy API server gave no answer."""
    said = [str((entry.get("jsonPayload") or {}).get("message")) for entry in opened.world.logs]
    return [each for each in said if each.startswith("no Event PullDiagnosed on Pod ")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_check(opened: Ward, case: Case) -> None:
    before = len(unanswered(opened))
    found = case.play(opened)
    status, evidence = found.check(case.check)
    assert (found.kind, status) == (case.kind, case.status)
    assert case.words in evidence
    assert found.answered.acknowledged
    assert found.verdict["advice"]
    stale = case.kind == "STALE_CREDENTIALS"
    assert found.changes == [f"create noderefreshes {name_of(each)}" for each in opened.refreshes()]
    assert len(opened.refreshes()) == stale
    spoken = [call for call in found.calls if call.resource == "events"]
    assert bool(spoken or unanswered(opened)[before:]) is (case.kind not in ("NOT_TRIED", "RECOVERED", "GONE"))
    assert all(call.status == 201 for call in spoken)


def test_kubectl_describe_shows_the_list_on_the_pod(opened: Ward) -> None:
    """It is said until it is counted: where one Event is not answered in time, none is tried for a minute."""
    pod, deadline = opened.admit(node="gke-main-lone-1"), time.monotonic() + 200
    while sum(event["count"] for event in opened.said_about(pod)) < 2:
        assert time.monotonic() < deadline, opened.said_about(pod)
        assert opened.tell(pod).kind == "GRANT_MISSING"
    (event,) = opened.said_about(pod)
    assert (event["reason"], event["type"]) == ("PullDiagnosed", "Warning")
    assert event["message"].startswith("GRANT_MISSING: ✅ message, ✅ pod, ✅ identity, ")
    assert "❌ access: " in event["message"]
    assert f"--role={deployment.READER}" in event["message"]
