"""Whose credential it is, and what else settles it before a node is blamed."""

from typing import Any

import pytest

from functions.model.cluster import ServiceAccount
from functions.model.google import GkeCluster, NodePool
from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer, ImageAnswer, Presence
from tests.unit import make
from tests.unit.diagnosing import DENIED, World, failure
from tests.unit.make import IMAGE
from tests.unit.pulling import patient


@pytest.mark.parametrize(
    "pod, account, kind",
    [
        ({"pull_secrets": ("key",)}, None, VerdictKind.PULL_SECRET_IN_USE),
        ({}, {"pull_secrets": ("key",)}, VerdictKind.PULL_SECRET_IN_USE),
        ({}, {"annotations": {"iam.gke.io/enable-wi-image-pull": "true"}}, VerdictKind.WORKLOAD_IDENTITY_PULL),
        ({}, {"annotations": {"iam.gke.io/enable-wi-image-pull": "false"}}, VerdictKind.STALE_CREDENTIALS),
        ({}, None, VerdictKind.STALE_CREDENTIALS),
    ],
    ids=["pods-secret", "accounts-secret", "workload-identity", "opted-out", "no-account"],
)
def test_another_identity_is_not_the_nodes_fault(pod: dict[str, Any], account: Any, kind: VerdictKind) -> None:
    accounts = {"default": ServiceAccount(namespace="prod-app", name="default", **account)} if account else {}
    world = patient(pods=[make.failing("p1", message=DENIED, **pod)], accounts=accounts)
    assert world.kind() is kind


def test_an_identity_of_its_own_is_granted_by_its_name() -> None:
    annotations = {"iam.gke.io/enable-wi-image-pull": "true"}
    accounts = {"ocr": ServiceAccount(namespace="prod-app", name="ocr", annotations=annotations)}
    world = patient(pods=[make.failing("p1", message=DENIED, service_account="ocr")], accounts=accounts)
    assert world.verdict()["advice"].endswith("/subject/ns/prod-app/sa/ocr")


@pytest.mark.parametrize(
    "change, kind",
    [
        ({"nodes": {}}, VerdictKind.UNKNOWN),
        ({"machines": False}, VerdictKind.UNKNOWN),
        ({"nodes": {"n1": make.node("n1", provider_id="gce://somebody-else/us-central1-a/n1")}}, VerdictKind.UNKNOWN),
        ({"nodes": {"n1": make.node("n1", provider_id="aws:///n1")}}, VerdictKind.UNKNOWN),
        ({"nodes": {"n1": make.node("n1", labels={})}}, VerdictKind.UNKNOWN),
        ({"account": "billing@acme-prod.iam.gserviceaccount.com"}, VerdictKind.UNKNOWN),
        ({"gke": GkeCluster(autopilot=True)}, VerdictKind.UNSUPPORTED),
        ({"nodes": {"n1": make.node("n1", os="windows")}}, VerdictKind.UNSUPPORTED),
        ({"scopes": ("https://www.googleapis.com/auth/logging.write",)}, VerdictKind.SCOPES_MISSING),
        ({"account": ""}, VerdictKind.SCOPES_MISSING),
        ({"scopes": ("https://www.googleapis.com/auth/devstorage.read_only",)}, VerdictKind.STALE_CREDENTIALS),
        ({"image": ImageAnswer(presence=Presence.MISSING, evidence="404")}, VerdictKind.IMAGE_MISSING),
        ({"image": ImageAnswer(presence=Presence.WRONG_PLATFORM, evidence="")}, VerdictKind.PLATFORM_MISMATCH),
        ({"image": ImageAnswer(presence=Presence.UNKNOWN, evidence="503")}, VerdictKind.UNKNOWN),
        ({"access": AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")}, VerdictKind.GRANT_MISSING),
        ({"access": AccessAnswer(access=Access.UNKNOWN, evidence="UNKNOWN_INFO")}, VerdictKind.UNKNOWN),
        ({"gke": GkeCluster(pools=(NodePool(name="pool-1", service_account="default"),))}, VerdictKind.UNKNOWN),
    ],
)
def test_what_else_settles_it(change: dict[str, Any], kind: VerdictKind) -> None:
    world = patient(**change)
    assert world.kind() is kind
    assert not world.refreshes or kind is VerdictKind.STALE_CREDENTIALS


def test_a_machine_of_another_project_is_not_even_asked_for() -> None:
    world = World(nodes={"n1": make.node("n1", provider_id="gce://somebody-else/us-central1-a/n1")})
    assert "not of acme-prod" in world.verdict()["message"]
    assert not world.asked["instances.get"]


def test_a_pool_may_run_as_the_projects_default_account() -> None:
    account = "123-compute@developer.gserviceaccount.com"
    gke = GkeCluster(pools=(NodePool(name="pool-1", service_account="default"),))
    assert patient(account=account, gke=gke).kind() is VerdictKind.STALE_CREDENTIALS


def test_the_first_check_that_settles_it_is_the_last_one_asked() -> None:
    world = World(scopes=())
    world.verdict()
    assert not world.asked.keys() & {"registry.image", "iam.may_pull", "pods.using"}


def test_the_image_and_the_node_are_the_pods_and_not_the_events() -> None:
    world = patient(pods=[make.failing("p1", node="n2", message=DENIED)])
    said = world.verdict(failure(message="Error: ErrImagePull", node_hint="n1"))
    assert (said["node"], said["image"]) == ("n2", str(IMAGE))
    (refresh,) = world.refreshes.values()
    assert (refresh.spec.first_nodes, refresh.spec.image) == (("n2",), IMAGE)
