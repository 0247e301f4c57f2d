"""Every check and every outcome, by the function's own door: an event in, and then what was said, asked and done."""

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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_check(opened: Ward, case: Case) -> None:
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
    assert bool(spoken) is (case.kind not in ("NOT_TRIED", "RECOVERED", "GONE"))
    assert all(call.status == 201 for call in spoken)


def test_kubectl_describe_shows_the_list_on_the_pod(opened: Ward) -> None:
    pod = opened.admit(node="gke-main-lone-1")
    for _ in range(2):
        assert opened.tell(pod).kind == "GRANT_MISSING"
    opened.here.until(lambda: bool(opened.said_about(pod)), "the Event")
    (event,) = opened.said_about(pod)
    assert (event["reason"], event["count"], event["type"]) == ("PullDiagnosed", 2, "Warning")
    assert event["message"].startswith("GRANT_MISSING: ✅ message, ✅ pod, ✅ identity, ")
    assert "❌ access: " in event["message"]
    assert f"--role={deployment.READER}" in event["message"]
