"""Somebody whom the diagnosis asks is down: it says who, does nothing, and is there again when they are."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import deployment
from sandbox.beds import LONE
from sandbox.google.hierarchy import ORGANIZATION
from tests.e2e.scenery import NAMESPACE
from tests.e2e.ward import Ward, entry, nothing_was_done, ward

DOWN: dict[str, dict[str, Any]] = {"500": {"status": 500}, "503": {"status": 503}, "no-answer": {"drop": True}}
COMES_AGAIN = {
    "pod": ({"api": "kubernetes", "resource": "pods", "verb": "get"}, "get pods"),
    "service-account": ({"api": "kubernetes", "resource": "serviceaccounts"}, "get serviceaccounts"),
    "node": ({"api": "kubernetes", "resource": "nodes"}, "get nodes"),
    "instance": ({"api": "compute", "resource": "instances"}, "/instances/"),
    "pods": ({"api": "kubernetes", "resource": "pods", "verb": "list"}, "list pods"),
    "refresh": ({"api": "kubernetes", "resource": "noderefreshes"}, "noderefreshes"),
}
"""Who is down, and words that name them: Pub/Sub delivers the event again."""
ABOVE = {"api": "iam", "resource": "organizations", "verb": "getIamPolicy"}
IS_UNKNOWN = {
    "registry": (({"api": "registry"},), "image", "/manifests/v1"),
    "iam": (({"api": "troubleshooter"}, ABOVE), "access", f"the policy of {ORGANIZATION} can't be read"),
}
"""Who is down, the check that says so, and words that name them: the next event asks again."""


@pytest.fixture(scope="module")
def whole_ward() -> Iterator[Ward]:
    with ward() as found:
        yield found
        nothing_was_done(found)


@pytest.fixture
def opened(whole_ward: Ward) -> Iterator[Ward]:
    yield whole_ward
    whole_ward.clear()


def test_nobody_knows_yet_where_the_cluster_is(opened: Ward) -> None:
    """GKE's answer is remembered for a minute, but not by another process."""
    opened.here.anew(opened.world.diagnose)
    for fault in DOWN.values():
        opened.fault(api="container", user=deployment.DIAGNOSE, **fault)
        answered, _ = opened.deliver(entry(opened.admit()))
        assert answered.status == 503
        assert "/clusters/" in answered.said("repull.retry")
        opened.world.faults.clear()


@pytest.mark.parametrize("who", COMES_AGAIN)
@pytest.mark.parametrize("how", DOWN)
def test_what_should_have_worked_comes_again(opened: Ward, who: str, how: str) -> None:
    fault, words = COMES_AGAIN[who]
    opened.fault(user=deployment.DIAGNOSE, **fault, **DOWN[how])
    account = {"name": f"{who}-{how}", "namespace": NAMESPACE}  # one that nobody knows yet
    opened.make("serviceaccounts", {"metadata": account})
    before = len(retries(opened))
    answered, calls = opened.deliver(entry(opened.admit(serviceAccountName=account["name"])))
    assert answered.status == 503
    opened.here.until(lambda: len(retries(opened)) > before, "the line that says why")
    assert words in retries(opened)[-1]
    assert not answered.dead
    assert not [call for call in calls if call.resource == "events"]


def retries(opened: Ward) -> list[str]:
    return [str(entry["jsonPayload"]["message"]) for entry in opened.here.stage.audit("repull.retry")]


@pytest.mark.parametrize("who", IS_UNKNOWN)
@pytest.mark.parametrize("how", DOWN)
def test_what_can_not_be_told_is_unknown(opened: Ward, who: str, how: str) -> None:
    faults, check, words = IS_UNKNOWN[who]
    for fault in faults:
        opened.fault(user=deployment.DIAGNOSE, **fault, **DOWN[how])
    found = opened.tell(opened.admit(node=LONE))
    status, evidence = found.check(check)
    assert (found.kind, status, found.changes) == ("UNKNOWN", "unknown", [])
    assert words in evidence


@pytest.mark.parametrize("how", DOWN)
def test_the_policies_of_every_level_tell_what_policy_troubleshooter_does_not(opened: Ward, how: str) -> None:
    """That there is no grant is proven by reading all the places where it could stand, with the roles as deployed."""
    opened.fault(user=deployment.DIAGNOSE, api="troubleshooter", **DOWN[how])
    found = opened.tell(opened.admit(node=LONE))
    status, evidence = found.check("access")
    assert (found.kind, status, found.changes) == ("GRANT_MISSING", "fail", [])
    assert "Policy Troubleshooter can't tell" in evidence
    assert f"the policy of {ORGANIZATION} does not grant it" in evidence


def test_when_all_are_there_again_the_truth_is_told(opened: Ward) -> None:
    opened.fault(api="registry", user=deployment.DIAGNOSE, status=503, times=1)
    pod = opened.admit(node=LONE)
    assert [opened.tell(pod).kind for _ in range(2)] == ["UNKNOWN", "GRANT_MISSING"]
