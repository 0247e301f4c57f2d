"""Who else could pull, and what that proves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.errors import Refused
from functions.model.cluster import ServiceAccount
from functions.model.google import GkeCluster, NodePool
from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer
from tests.unit import make
from tests.unit.diagnosing import World, failure, puller
from tests.unit.make import ACCOUNT, T0
from tests.unit.pulling import patient, waiting


def test_a_pull_elsewhere_under_the_same_account_proves_it_at_once() -> None:
    world = World()
    world.pods.append(puller())
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "proven")
    assert "prod-app/puller" in said["contrast_evidence"]


def test_without_one_it_is_an_elimination_which_says_what_it_rests_on() -> None:
    said = patient().verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")
    assert "nobody else was seen to pull" in said["contrast_evidence"]


def test_another_verdict_has_no_contrast() -> None:
    said = World(access=AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")).verdict()
    assert (said["contrast"], said["contrast_evidence"]) == ("", "")


def test_a_pull_on_the_same_node_says_that_its_credential_is_good() -> None:
    world = patient()
    world.pods.append(puller(node="n1"))
    assert world.kind() is VerdictKind.RECOVERED
    assert not world.refreshes


@pytest.mark.parametrize("unread", ["service account theirs", "node n2"])
def test_a_witness_who_may_not_be_asked_about_proves_nothing_and_is_told(unread: str) -> None:
    world = patient(faults={unread: Refused(f"needs to get {unread}")})
    world.pods.append(puller(service_account="theirs"))
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")
    (told,) = (check for check in said["checks"] if check["check"] == "asked in vain")
    assert told["status"] == "info"
    assert f"needs to get {unread}" in told["evidence"]


def test_one_witness_is_enough_whoever_else_may_not_be_asked_about() -> None:
    world = patient(faults={"service account theirs": Refused("needs to get serviceaccounts")})
    world.pods += [puller("unread", service_account="theirs"), puller("seen")]
    said = world.verdict()
    assert (said["contrast"], "prod-app/seen" in said["contrast_evidence"]) == ("proven", True)
    assert "asked in vain" not in {check["check"] for check in said["checks"]}


def test_whoever_may_not_be_asked_about_may_have_cleared_the_node() -> None:
    world = patient(faults={"service account theirs": Refused("needs to get serviceaccounts")})
    world.pods.append(puller("unread", node="n1", service_account="theirs"))
    assert (world.kind(), world.refreshes) == (VerdictKind.UNKNOWN, {})
    world.later(61)
    world.pods.append(puller("seen", node="n1"))
    assert world.kind() is VerdictKind.RECOVERED


@pytest.mark.parametrize("node", ["n1", "n2"])
@pytest.mark.parametrize(
    "container, pod",
    [
        ({"running_since": T0 - timedelta(hours=2)}, {}),
        ({"running_since": None}, {}),
        ({"image_id": ""}, {}),
        ({"image": "us-central1-docker.pkg.dev/acme-prod/elsewhere/api:v1"}, {}),
        ({"pull_policy": "IfNotPresent"}, {}),
        ({}, {"pull_secrets": ("key",)}),
        ({}, {"service_account": "with-secrets"}),
    ],
    ids=["before", "not-running", "no-image", "other-repository", "on-the-disk", "by-a-secret", "by-its-account"],
)
def test_what_proves_nothing(node: str, container: dict[str, Any], pod: dict[str, Any]) -> None:
    other = puller(node=node, **pod)
    other = replace(other, containers=(replace(other.containers[0], **container),))
    secrets = ServiceAccount(namespace="prod-app", name="with-secrets", pull_secrets=("key",))
    world = patient(accounts={"with-secrets": secrets})
    world.pods.append(other)
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")


def test_a_pool_of_another_account_proves_nothing() -> None:
    pools = (
        NodePool(name="pool-1", service_account=ACCOUNT),
        NodePool(name="pool-2", service_account="other@acme-prod.iam.gserviceaccount.com"),
    )
    world = patient(gke=GkeCluster(pools=pools))
    world.nodes["n2"] = make.node("n2", labels={"cloud.google.com/gke-nodepool": "pool-2"})
    world.pods.append(puller())
    assert world.verdict()["contrast"] == "elimination"


def test_an_image_that_may_have_been_there_already_proves_nothing() -> None:
    """Only with the policy Always is a start a pull; the events that tell of pulls may be old, or made up."""
    other = puller()
    world = patient()
    world.pods.append(replace(other, containers=(replace(other.containers[0], pull_policy="IfNotPresent"),)))
    assert world.verdict()["contrast"] == "elimination"


def test_a_pull_on_the_same_node_before_the_kubelets_last_try_proves_nothing() -> None:
    other = puller(node="n1")
    world = patient()
    world.pods.append(
        replace(other, containers=(replace(other.containers[0], running_since=T0 - timedelta(minutes=6)),))
    )
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


def test_the_pods_own_other_containers_prove_nothing() -> None:
    """They pulled before this one tried."""
    world = patient(pods=[make.failing("p1", containers=(*puller().containers, waiting("other")))])
    said = world.verdict(failure(container="other"))
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")


def test_a_container_that_ended_began_to_fail_only_then() -> None:
    """It ran for an hour from the image it had; what others pulled before it ended says nothing."""
    failing = make.failing("p1", containers=(waiting("main", terminated_at=T0 - timedelta(seconds=30)),))
    world = patient(pods=[failing, puller(node="n1"), puller("elsewhere")])
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")
