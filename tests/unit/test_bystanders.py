"""Grants that people look at first: named, with the reason why they don't matter."""

import pytest

from functions.bystanders import WORKLOAD_ACCOUNT, bystanders
from functions.grants import member
from functions.model.cluster import ServiceAccount
from functions.model.names import ImageRef
from functions.model.policy import AllowPolicy, Binding
from functions.model.verdict import CheckStatus
from tests.unit.make import ACCOUNT, IMAGE

WORKLOAD = "worker@acme-prod.iam.gserviceaccount.com"
LEGACY = ImageRef.parse("eu.gcr.io/acme-prod/api:v1")
READER = "roles/artifactregistry.reader"
VIEWER = "roles/storage.objectViewer"


def workload(account: str = WORKLOAD) -> ServiceAccount:
    return ServiceAccount(namespace="prod-app", name="worker", annotations={WORKLOAD_ACCOUNT: account})


def policy(account: str, role: str, *, resource: str = "projects/acme-prod") -> AllowPolicy:
    return AllowPolicy(
        resource=resource, bindings=(Binding(role=role, members=frozenset({member(account)}), condition=""),)
    )


@pytest.mark.parametrize(
    "policies, said",
    [
        (
            (policy(WORKLOAD, READER),),
            f"may read the repository ({READER} to {member(WORKLOAD)} at projects/acme-prod)",
        ),
        ((policy(ACCOUNT, READER),), "has no grant of its own"),
        ((), "may read the repository or not"),
    ],
)
def test_the_workloads_account_is_named_with_its_grant(policies: tuple[AllowPolicy, ...], said: str) -> None:
    [line] = bystanders(ACCOUNT, workload(), IMAGE, policies)
    assert (line.name, line.status, line.mark) == ("workload", CheckStatus.INFO, "ℹ")
    for part in (WORKLOAD, said, "the kubelet pulls as the node's account", ACCOUNT):
        assert part in line.evidence


@pytest.mark.parametrize("account", [None, ServiceAccount(namespace="prod-app", name="worker"), workload(ACCOUNT)])
def test_a_workload_without_an_account_of_its_own_has_no_line(account: ServiceAccount | None) -> None:
    assert not list(bystanders(ACCOUNT, account, IMAGE, (policy(WORKLOAD, READER),)))


def test_a_role_of_container_registrys_days_is_told_to_be_one() -> None:
    [line] = bystanders(ACCOUNT, None, LEGACY, (policy(ACCOUNT, VIEWER),))
    assert (line.name, line.status) == ("legacy", CheckStatus.INFO)
    assert f"{VIEWER} at projects/acme-prod" in line.evidence
    assert "Artifact Registry" in line.evidence


@pytest.mark.parametrize(
    "image, found",
    [(IMAGE, policy(ACCOUNT, VIEWER)), (LEGACY, policy(WORKLOAD, VIEWER)), (LEGACY, policy(ACCOUNT, READER))],
    ids=["another host", "another account", "another role"],
)
def test_nothing_else_is(image: ImageRef, found: AllowPolicy) -> None:
    assert not list(bystanders(ACCOUNT, None, image, (found,)))
