"""The outside fails or refuses, and noise."""

from typing import Any

import pytest

from functions.errors import NotOurs, Refused, Retryable
from functions.hint import Hint
from functions.inquiry import Inquiry
from functions.model.google import GkeCluster, NodePool
from functions.model.verdict import Verdict, VerdictKind
from functions.ports import Access, AccessAnswer, ImageAnswer, Presence
from tests.unit import make
from tests.unit.diagnosing import DENIED, SCOPES, World, failure
from tests.unit.pulling import patient


@pytest.mark.parametrize("call", ["pods.get", "nodes.get", "gke.cluster", "instances.get", "pods.using"])
def test_what_fails_for_the_moment_is_asked_again(call: str) -> None:
    world = patient(faults={call: Retryable("no answer")})
    with pytest.raises(Retryable):
        world.diagnose()
    world.faults.clear()
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


@pytest.mark.parametrize("call", ["pods.get", "nodes.get", "gke.cluster", "instances.get", "pods.using"])
def test_a_refusal_is_unknown_and_names_what_is_missing(call: str) -> None:
    world = patient(faults={call: Refused("needs compute.instances.get")})
    said = world.verdict()
    assert said["kind"] == "UNKNOWN"
    assert "compute.instances.get" in said["message"]


MISSING = ImageAnswer(presence=Presence.MISSING, evidence="404 MANIFEST_UNKNOWN")
POOL = NodePool(name="pool-1", service_account=make.ACCOUNT, scopes=SCOPES)
UNREAD = ["workloads.service_account", "gke.cluster", "nodes.get", "instances.get"]


@pytest.mark.parametrize("call", UNREAD)
def test_where_a_question_is_refused_the_image_is_looked_for_all_the_same(call: str) -> None:
    world = patient(faults={call: Refused("needs more")})
    said = world.verdict()
    assert [(check["check"], check["status"]) for check in said["checks"]][-2:] == [
        ("image", "pass"),
        ("permission", "unknown"),
    ]
    assert said["kind"] == "UNKNOWN"
    assert not world.refreshes


@pytest.mark.parametrize("call", UNREAD)
def test_an_image_that_is_missing_is_missing_whoever_pulls_it(call: str) -> None:
    world = patient(faults={call: Refused("needs more")}, image=MISSING)
    assert world.kind() is VerdictKind.IMAGE_MISSING


@pytest.mark.parametrize("call", UNREAD)
def test_what_the_registry_will_not_tell_hides_no_missing_permission(call: str) -> None:
    silent = ImageAnswer(presence=Presence.UNKNOWN, evidence="503")
    said = patient(faults={call: Refused("needs more")}, image=silent).verdict()
    assert said["message"] == "UNKNOWN: needs more"


def test_another_registry_is_another_one_whoever_asks() -> None:
    elsewhere = make.failing("p1", message=DENIED, image="quay.io/some/thing:v1")
    world = patient(faults={"workloads.service_account": Refused("needs more")}, pods=[elsewhere])
    assert world.kind(failure(message="Error: ErrImagePull")) is VerdictKind.OTHER_REGISTRY


@pytest.mark.parametrize("call", UNREAD)
def test_an_image_that_is_missing_is_missing_though_nobody_else_answers(call: str) -> None:
    """An outage may be longer than a message lives."""
    world = patient(faults={call: Retryable("503")}, image=MISSING)
    assert world.kind() is VerdictKind.IMAGE_MISSING


@pytest.mark.parametrize("call", UNREAD)
def test_whoever_waits_is_told_what_has_no_answer_and_what_holds_all_the_same(call: str) -> None:
    said = by_hand(patient(faults={call: Retryable("GET somewhere: 503")}))
    found = [(check.name, check.status, check.evidence) for check in said.checks]
    assert said.kind is VerdictKind.UNKNOWN
    assert found[-2][:2] == ("image", "pass")
    assert found[-1] == ("answer", "unknown", "GET somewhere: 503")


def test_whoever_waits_learns_of_a_missing_grant_though_the_machine_can_not_be_read() -> None:
    """A function does not, but asks again: its pool tells what a machine should be like."""
    denied = AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")
    silent = {"instances.get": Retryable("503")}
    world = patient(faults=silent, access=denied, gke=GkeCluster(pools=(POOL,)))
    with pytest.raises(Retryable):
        world.diagnose()
    assert by_hand(world).kind is VerdictKind.GRANT_MISSING
    assert by_hand(patient(faults=silent, gke=GkeCluster(pools=(POOL,)))).kind is VerdictKind.UNKNOWN


def by_hand(world: World) -> Verdict:
    """As `repull diagnose` asks."""
    event = failure()
    inquiry = Inquiry(event, Hint.of(event), world.ports.reads, world.settings, world.memory)
    return inquiry.verdict(unanswered=(Refused, Retryable))


@pytest.mark.parametrize(
    "event",
    [
        failure(namespace="repull"),
        failure(reason="Unhealthy"),
        failure(reason="BackOff", message="Back-off restarting failed container main in pod p1"),
        failure(message='Error: secret "key" not found'),
    ],
    ids=["a-probe", "another-reason", "a-crash-loop", "no-container"],
)
def test_noise_is_dropped_before_any_question(event: Any) -> None:
    world = World()
    with pytest.raises(NotOurs):
        world.diagnose(event)
    assert not world.asked


PROBE = {"repull.dev/probe": "access"}


def test_a_pod_that_says_to_be_a_probe_is_one_in_our_namespace_alone() -> None:
    """The functions hear of no event there; by hand a probe may be named."""
    theirs = patient(pods=[make.failing("p1", message=DENIED, labels=PROBE)])
    assert theirs.kind() is VerdictKind.STALE_CREDENTIALS

    ours = World(pods=[make.failing("p1", message=DENIED, labels=PROBE, namespace="repull")])
    event = failure(namespace="repull")
    with pytest.raises(NotOurs, match="a probe of repull's own"):
        Inquiry(event, Hint.of(event), ours.ports.reads, ours.settings, ours.memory).verdict()
