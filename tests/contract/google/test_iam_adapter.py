"""The product's question to IAM: may this account read that repository?"""

import pytest

from functions.adapters.allow_policies import AllowPolicies
from functions.adapters.google_session import GoogleSession
from functions.adapters.iam import IamPolicies
from functions.adapters.troubleshooter import PolicyTroubleshooter
from functions.model.names import Repository
from functions.ports import Access, AccessAnswer
from sandbox.faults import Fault
from sandbox.google.policies import Condition
from tests.contract.google.conftest import NODES, OPERATOR, REPOSITORY, STRANGER, Cloud
from tests.contract.google.session import credentials

READER = "roles/artifactregistry.reader"
MEMBER = f"serviceAccount:{NODES}"
IMAGE = "us-central1-docker.pkg.dev/acme/apps/worker:v1"


def ask(cloud: Cloud, email: str = OPERATOR) -> AccessAnswer:
    session = GoogleSession(credentials(cloud, email))
    policies = AllowPolicies(session, artifact_registry=cloud.url, resource_manager=cloud.url)
    iam = IamPolicies(PolicyTroubleshooter(session, cloud.url), policies)
    return iam.may_pull(NODES, Repository.from_resource(REPOSITORY))


@pytest.fixture
def policies_only(cloud: Cloud) -> Cloud:
    """Policy Troubleshooter's API is not enabled; the repository exists."""
    cloud.catalog.push(IMAGE)
    cloud.faults.add(Fault(api="troubleshooter", status=403, times=99))
    return cloud


@pytest.mark.parametrize("level", [REPOSITORY, "projects/acme", "organizations/1"])
def test_policy_troubleshooter_knows_every_level(cloud: Cloud, level: str) -> None:
    assert ask(cloud).access is Access.DENIED
    cloud.policies.grant(MEMBER, READER, level)
    assert ask(cloud).access is Access.GRANTED


def test_a_deny_policy_is_told_since_a_grant_would_not_help(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, REPOSITORY)
    cloud.policies.deny(NODES, "artifactregistry.repositories.downloadArtifacts", "projects/acme")
    found = ask(cloud)
    assert found.access is Access.DENIED
    assert "deny policy" in found.evidence


def test_a_condition_leaves_it_open(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, REPOSITORY, condition=Condition(title="2026", expression="request.time < …"))
    assert ask(cloud).access is Access.UNKNOWN


@pytest.mark.parametrize("status", [403, 404, 429, 500])
@pytest.mark.parametrize("level", [REPOSITORY, "projects/acme"])
def test_without_policy_troubleshooter_two_policies_can_prove_a_grant(cloud: Cloud, status: int, level: str) -> None:
    cloud.catalog.push(IMAGE)
    cloud.faults.add(Fault(api="troubleshooter", status=status, times=99))
    assert ask(cloud).access is Access.UNKNOWN
    cloud.policies.grant(MEMBER, READER, level)
    found = ask(cloud)
    assert found.access is Access.GRANTED
    assert "deny policies" in found.evidence


def test_one_policy_that_can_be_read_is_enough_to_prove_a_grant(policies_only: Cloud) -> None:
    policies_only.policies.grant(MEMBER, READER, "projects/acme")
    policies_only.faults.add(Fault(api="iam", resource="repositories", status=403, times=99))
    assert ask(policies_only).access is Access.GRANTED


def test_what_the_policies_do_not_show_may_be_granted_above_them(policies_only: Cloud) -> None:
    policies_only.policies.grant(MEMBER, READER, "organizations/1")
    found = ask(policies_only)
    assert found.access is Access.UNKNOWN
    assert "folders and the organisation not read" in found.evidence


@pytest.mark.parametrize(
    "member, role, condition, named",
    [
        (MEMBER, READER, Condition(title="t", expression="false"), "under a condition"),
        ("group:nodes@acme.example", READER, None, "group:nodes@acme.example"),
        ("domain:acme.example", READER, None, "domain:acme.example"),
        (MEMBER, "projects/acme/roles/puller", None, "projects/acme/roles/puller"),
        (f"deleted:{MEMBER}?uid=1", READER, None, "deleted:"),
    ],
    ids=["condition", "group", "domain", "custom-role", "deleted"],
)
def test_what_may_be_a_grant_is_named_and_proves_nothing(
    policies_only: Cloud, member: str, role: str, condition: Condition | None, named: str
) -> None:
    policies_only.policies.roles.setdefault(role, frozenset())
    policies_only.policies.grant(member, role, REPOSITORY, condition=condition)
    found = ask(policies_only)
    assert found.access is Access.UNKNOWN
    assert named in found.evidence


@pytest.mark.parametrize("role", ["roles/storage.objectViewer", "roles/container.defaultNodeServiceAccount"])
def test_a_role_of_something_else_is_no_grant(policies_only: Cloud, role: str) -> None:
    policies_only.policies.grant(MEMBER, role, REPOSITORY)
    found = ask(policies_only)
    assert found.access is Access.UNKNOWN
    assert role not in found.evidence


def test_a_repository_for_everybody_is_for_the_account_too(policies_only: Cloud) -> None:
    policies_only.policies.grant("allUsers", READER, REPOSITORY)
    assert ask(policies_only).access is Access.GRANTED


def test_who_may_read_no_policy_learns_what_is_missing(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, REPOSITORY)
    found = ask(cloud, STRANGER)
    assert found.access is Access.UNKNOWN
    assert "resourcemanager.projects.getIamPolicy" in found.evidence
    assert "artifactregistry.repositories.getIamPolicy" in found.evidence
