"""The product's question to IAM: may this account read that repository?"""

import pytest

from functions.adapters.allow_policies import AllowPolicies
from functions.adapters.google_session import GoogleSession
from functions.adapters.iam import IamPolicies
from functions.adapters.troubleshooter import PolicyTroubleshooter
from functions.errors import Refused
from functions.model.names import Repository
from functions.ports import Access, AccessAnswer
from sandbox.faults import Fault
from sandbox.google.hierarchy import ORGANIZATION
from sandbox.google.policies import Condition
from tests.contract.google.conftest import NODES, OPERATOR, REPOSITORY, STRANGER, Cloud
from tests.contract.google.session import credentials

READER = "roles/artifactregistry.reader"
MEMBER = f"serviceAccount:{NODES}"
IMAGE = "us-central1-docker.pkg.dev/acme/apps/worker:v1"
FOLDER = "folders/7"
LEVELS = (REPOSITORY, "projects/acme", FOLDER, ORGANIZATION)
DOWNLOAD = "artifactregistry.repositories.downloadArtifacts"


def iam(cloud: Cloud, email: str = OPERATOR) -> IamPolicies:
    session = GoogleSession(credentials(cloud, email))
    policies = AllowPolicies(session, artifact_registry=cloud.url, resource_manager=cloud.url)
    return IamPolicies(PolicyTroubleshooter(session, cloud.url), policies)


def ask(cloud: Cloud, email: str = OPERATOR) -> AccessAnswer:
    return iam(cloud, email).may_pull(NODES, Repository.from_resource(REPOSITORY))


def calls(cloud: Cloud) -> list[str]:
    return [f"{call.verb} {call.resource}" for call in cloud.books.calls(user=OPERATOR)]


@pytest.fixture(autouse=True)
def _folder(cloud: Cloud) -> None:
    cloud.policies.hierarchy.place("projects/acme", FOLDER)
    cloud.catalog.push(IMAGE)


@pytest.fixture
def policies_only(cloud: Cloud) -> Cloud:
    """Policy Troubleshooter's API is not enabled; the policies of every level can be read."""
    cloud.faults.add(Fault(api="troubleshooter", status=403, times=99))
    return cloud


@pytest.fixture
def shortsighted(policies_only: Cloud) -> Cloud:
    """As `policies_only`, and what lies above the project can't be read."""
    reviewer = (f"serviceAccount:{OPERATOR}", "roles/iam.securityReviewer")
    policies_only.policies.revoke(*reviewer, ORGANIZATION)
    policies_only.policies.grant(*reviewer, "projects/acme")
    return policies_only


class TestTheDefaultAccount:
    def test_it_is_called_by_the_projects_number(self, cloud: Cloud) -> None:
        number = cloud.policies.hierarchy.number("projects/acme")
        assert iam(cloud).default_account("acme") == f"{number}-compute@developer.gserviceaccount.com"
        assert calls(cloud) == ["get projects"]

    def test_who_may_not_read_the_project_is_told_what_is_missing(self, cloud: Cloud) -> None:
        with pytest.raises(Refused, match=r"resourcemanager\.projects\.get on acme"):
            iam(cloud, STRANGER).default_account("acme")

    def test_a_project_that_is_not_there_has_none(self, cloud: Cloud) -> None:
        cloud.faults.add(Fault(api="iam", status=404))
        with pytest.raises(Refused, match="no number"):
            iam(cloud).default_account("acme")


class TestPolicyTroubleshooter:
    @pytest.mark.parametrize("level", LEVELS)
    def test_it_knows_every_level_by_one_question(self, cloud: Cloud, level: str) -> None:
        assert ask(cloud).access is Access.DENIED
        cloud.policies.grant(MEMBER, READER, level)
        found = ask(cloud)
        assert (found.access, found.forbidden) == (Access.GRANTED, False)
        assert (found.granted_at, f"the policy of {level} grants {READER}" in found.evidence) == (level, True)
        assert calls(cloud) == ["troubleshoot iam"] * 2

    @pytest.mark.parametrize("level", LEVELS)
    def test_a_deny_policy_is_told_with_its_level_since_a_grant_would_not_help(self, cloud: Cloud, level: str) -> None:
        cloud.policies.grant(MEMBER, READER, REPOSITORY)
        cloud.policies.deny(NODES, DOWNLOAD, level)
        found = ask(cloud)
        assert (found.access, found.forbidden, found.denied_at) == (Access.DENIED, True, level)
        assert "deny policy" in found.evidence

    def test_a_condition_leaves_it_open_and_is_named(self, cloud: Cloud) -> None:
        condition = Condition(title="until 2027", expression="request.time < …")
        cloud.policies.grant(MEMBER, READER, REPOSITORY, condition=condition)
        found = ask(cloud)
        assert found.access is Access.UNKNOWN
        assert "until 2027" in found.evidence
        assert calls(cloud) == ["troubleshoot iam"]

    def test_a_group_is_its_business(self, cloud: Cloud) -> None:
        cloud.policies.groups["nodes@acme.example"] = {NODES}
        cloud.policies.grant("group:nodes@acme.example", READER, ORGANIZATION)
        found = ask(cloud)
        assert (found.access, found.granted_at) == (Access.GRANTED, "")

    def test_without_insight_the_policies_are_read(self, shortsighted: Cloud) -> None:
        shortsighted.faults.clear()
        shortsighted.policies.grant(MEMBER, READER, FOLDER)
        found = ask(shortsighted)
        assert found.access is Access.UNKNOWN
        assert "UNKNOWN_INFO" in found.evidence
        assert calls(shortsighted) == [
            "troubleshoot iam",
            "getIamPolicy repositories",
            "getIamPolicy projects",
            "getAncestry projects",
            "getIamPolicy folders",
            "getIamPolicy organizations",
        ]


class TestPolicies:
    @pytest.mark.parametrize("status", [403, 404, 429, 500])
    @pytest.mark.parametrize("level", LEVELS)
    def test_each_level_can_prove_a_grant(self, cloud: Cloud, status: int, level: str) -> None:
        cloud.faults.add(Fault(api="troubleshooter", status=status, times=99))
        cloud.policies.grant(MEMBER, READER, level)
        found = ask(cloud)
        assert (found.access, found.granted_at) == (Access.GRANTED, level)
        assert "deny policies not read" in found.evidence

    def test_no_level_above_the_grant_is_read(self, policies_only: Cloud) -> None:
        policies_only.policies.grant(MEMBER, READER, REPOSITORY)
        assert ask(policies_only).access is Access.GRANTED
        assert calls(policies_only) == ["troubleshoot iam", "getIamPolicy repositories"]

    def test_only_all_of_them_can_prove_that_there_is_none(self, policies_only: Cloud) -> None:
        found = ask(policies_only)
        assert found.access is Access.DENIED
        for level in LEVELS:
            assert f"the policy of {level} does not grant it" in found.evidence

    def test_one_that_can_be_read_is_enough_to_prove_a_grant(self, policies_only: Cloud) -> None:
        policies_only.policies.grant(MEMBER, READER, "projects/acme")
        policies_only.faults.add(Fault(api="iam", resource="repositories", status=403, times=99))
        assert ask(policies_only).access is Access.GRANTED

    @pytest.mark.parametrize("resource", ["repositories", "folders", "organizations"])
    def test_one_that_can_not_be_read_leaves_it_open_and_is_named(self, policies_only: Cloud, resource: str) -> None:
        policies_only.faults.add(Fault(api="iam", resource=resource, status=403, times=99))
        found = ask(policies_only)
        assert found.access is Access.UNKNOWN
        assert f"{resource}.getIamPolicy" in found.evidence

    def test_what_lies_above_a_project_may_be_hidden(self, policies_only: Cloud) -> None:
        policies_only.policies.revoke(f"serviceAccount:{OPERATOR}", "roles/browser", "projects/acme")
        policies_only.policies.grant(MEMBER, READER, ORGANIZATION)
        found = ask(policies_only)
        assert found.access is Access.UNKNOWN
        assert "folders and the organization can't be read" in found.evidence
        assert "resourcemanager.projects.get" in found.evidence

    def test_a_grant_that_only_a_hidden_level_has_is_not_denied(self, shortsighted: Cloud) -> None:
        shortsighted.policies.grant(MEMBER, READER, ORGANIZATION)
        assert ask(shortsighted).access is Access.UNKNOWN

    @pytest.mark.parametrize(
        "member, role, condition, named",
        [
            (MEMBER, READER, Condition(title="t", expression="false"), "under the condition 't'"),
            (MEMBER, READER, Condition(title="", expression="false"), "under the condition 'false'"),
            ("group:nodes@acme.example", READER, None, "group:nodes@acme.example"),
            ("domain:acme.example", READER, None, "domain:acme.example"),
            ("principalSet://goog/public:all", READER, None, "principalSet://goog/public:all"),
            (MEMBER, "projects/acme/roles/puller", None, "projects/acme/roles/puller"),
            (MEMBER, "roles/viewer", None, "roles/viewer"),
            (MEMBER, "roles/brand.new", None, "roles/brand.new"),
            (f"deleted:{MEMBER}?uid=1", READER, None, "deleted:"),
        ],
    )
    @pytest.mark.parametrize("level", [REPOSITORY, ORGANIZATION])
    def test_what_may_be_a_grant_is_named_and_proves_nothing(
        self, policies_only: Cloud, *, member: str, role: str, condition: Condition | None, named: str, level: str
    ) -> None:
        policies_only.policies.roles.setdefault(role, frozenset())
        policies_only.policies.grant(member, role, level, condition=condition)
        found = ask(policies_only)
        assert found.access is Access.UNKNOWN
        assert named in found.evidence

    @pytest.mark.parametrize("role", ["roles/storage.objectViewer", "roles/container.defaultNodeServiceAccount"])
    def test_a_role_of_something_else_is_no_grant(self, policies_only: Cloud, role: str) -> None:
        policies_only.policies.grant(MEMBER, role, REPOSITORY)
        found = ask(policies_only)
        assert found.access is Access.DENIED
        assert role not in found.evidence

    def test_another_account_is_another(self, policies_only: Cloud) -> None:
        policies_only.policies.grant(f"serviceAccount:{STRANGER}", READER, REPOSITORY)
        assert ask(policies_only).access is Access.DENIED

    def test_a_repository_for_everybody_is_for_the_account_too(self, policies_only: Cloud) -> None:
        policies_only.policies.grant("allUsers", READER, REPOSITORY)
        found = ask(policies_only)
        assert (found.access, found.granted_at) == (Access.GRANTED, "")

    def test_who_may_read_nothing_learns_what_is_missing(self, cloud: Cloud) -> None:
        cloud.policies.grant(MEMBER, READER, REPOSITORY)
        found = ask(cloud, STRANGER)
        assert found.access is Access.UNKNOWN
        for permission in ("projects.getIamPolicy", "repositories.getIamPolicy", "resourcemanager.projects.get"):
            assert permission in found.evidence
