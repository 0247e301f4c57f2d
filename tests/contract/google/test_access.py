"""Troubleshooter and allow policies: one set of grants, seen through every API."""

from typing import Any

import pytest

from sandbox.google.hierarchy import ORGANIZATION
from sandbox.google.policies import Condition
from tests.contract.google.conftest import NODES, OPERATOR, REPOSITORY, STRANGER, Cloud
from tests.contract.google.session import session

READER = "roles/artifactregistry.reader"
MEMBER = f"serviceAccount:{NODES}"
IMAGE = "us-central1-docker.pkg.dev/acme/apps/worker:v1"


def troubleshoot(cloud: Cloud, email: str = OPERATOR, principal: str = NODES) -> dict[str, Any]:
    wanted = {
        "principal": principal,
        "fullResourceName": f"//artifactregistry.googleapis.com/{REPOSITORY}",
        "permission": "artifactregistry.repositories.downloadArtifacts",
    }
    answer = session(cloud, email).post(f"{cloud.url}/v3/iam:troubleshoot", json={"accessTuple": wanted})
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("resource", [REPOSITORY, "projects/acme", "folders/7", ORGANIZATION])
def test_a_grant_on_any_level_gives_access(cloud: Cloud, resource: str) -> None:
    cloud.policies.hierarchy.place("projects/acme", "folders/7")
    assert troubleshoot(cloud)["overallAccessState"] == "CANNOT_ACCESS"
    cloud.policies.grant(MEMBER, READER, resource)
    assert troubleshoot(cloud)["overallAccessState"] == "CAN_ACCESS"
    cloud.policies.revoke(MEMBER, READER, resource)
    assert troubleshoot(cloud)["overallAccessState"] == "CANNOT_ACCESS"


def test_who_may_not_read_every_level_learns_of_a_grant_and_not_of_its_absence(cloud: Cloud) -> None:
    cloud.policies.revoke(f"serviceAccount:{OPERATOR}", "roles/iam.securityReviewer", ORGANIZATION)
    cloud.policies.grant(f"serviceAccount:{OPERATOR}", "roles/iam.securityReviewer", "projects/acme")
    assert troubleshoot(cloud)["overallAccessState"] == "UNKNOWN_INFO"
    cloud.policies.grant(MEMBER, READER, ORGANIZATION)
    assert troubleshoot(cloud)["overallAccessState"] == "UNKNOWN_INFO"
    cloud.policies.grant(MEMBER, READER, REPOSITORY)
    assert troubleshoot(cloud)["overallAccessState"] == "CAN_ACCESS"


def test_a_grant_is_read_at_once_and_reaches_the_services_later(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, REPOSITORY, after=3600)
    assert troubleshoot(cloud)["overallAccessState"] == "CAN_ACCESS"
    assert not cloud.policies.allows(NODES, "artifactregistry.repositories.downloadArtifacts", REPOSITORY)


def test_the_role_of_container_registry_days_gives_none(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, "roles/storage.objectViewer", "projects/acme")
    assert troubleshoot(cloud)["overallAccessState"] == "CANNOT_ACCESS"


def test_a_group_gives_what_its_members_get(cloud: Cloud) -> None:
    cloud.policies.grant("group:nodes@acme.example", READER, REPOSITORY)
    assert troubleshoot(cloud)["overallAccessState"] == "CANNOT_ACCESS"
    cloud.policies.groups["nodes@acme.example"] = {NODES}
    assert troubleshoot(cloud)["overallAccessState"] == "CAN_ACCESS"


def test_a_condition_leaves_it_open(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, REPOSITORY, condition=Condition(title="2026", expression="request.time < …"))
    assert troubleshoot(cloud)["overallAccessState"] == "UNKNOWN_CONDITIONAL"


def test_a_denial_wins(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, REPOSITORY)
    cloud.policies.deny(NODES, "artifactregistry.repositories.downloadArtifacts", "projects/acme")
    found = troubleshoot(cloud)
    assert found["overallAccessState"] == "CANNOT_ACCESS"
    [denied] = found["denyPolicyExplanation"]["explainedResources"]
    assert denied["fullResourceName"] == "//cloudresourcemanager.googleapis.com/projects/acme"


def test_a_caller_without_insight_learns_nothing(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, REPOSITORY)
    found = troubleshoot(cloud, STRANGER)
    assert found["overallAccessState"] == "UNKNOWN_INFO"
    assert READER not in str(found)


def test_a_principal_is_an_email_address(cloud: Cloud) -> None:
    assert troubleshoot(cloud, principal="default")["error"]["code"] == 400


def test_a_repository_shows_its_own_policy_only(cloud: Cloud) -> None:
    cloud.catalog.push(IMAGE)
    cloud.policies.grant(MEMBER, READER, REPOSITORY)
    found = session(cloud).get(f"{cloud.url}/v1/{REPOSITORY}:getIamPolicy").json()
    assert found["bindings"] == [{"role": READER, "members": [MEMBER]}]
    project = session(cloud).post(f"{cloud.url}/v3/projects/acme:getIamPolicy", json={}).json()
    assert MEMBER not in str(project)
    assert {"role": "roles/container.viewer", "members": [f"serviceAccount:{OPERATOR}"]} in project["bindings"]
    organization = session(cloud).post(f"{cloud.url}/v3/{ORGANIZATION}:getIamPolicy", json={}).json()
    assert {"role": "roles/iam.securityReviewer", "members": [f"serviceAccount:{OPERATOR}"]} in organization["bindings"]


def test_a_condition_is_printed_with_its_binding(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, "projects/acme", condition=Condition(title="t", expression="false"))
    found = session(cloud).post(f"{cloud.url}/v3/projects/acme:getIamPolicy", json={}).json()
    assert found["version"] == 3
    assert {"role": READER, "members": [MEMBER], "condition": {"title": "t", "expression": "false"}} in found[
        "bindings"
    ]


def test_a_policy_that_may_not_be_read_is_refused(cloud: Cloud) -> None:
    cloud.catalog.push(IMAGE)
    stranger = session(cloud, STRANGER)
    assert stranger.get(f"{cloud.url}/v1/{REPOSITORY}:getIamPolicy").status_code == 403
    assert stranger.post(f"{cloud.url}/v3/projects/acme:getIamPolicy").status_code == 403
    assert {(call.verb, call.resource, call.status) for call in cloud.books.calls(api="iam")} == {
        ("getIamPolicy", "repositories", 403),
        ("getIamPolicy", "projects", 403),
    }


def test_a_repository_that_is_not_there_is_not_found(cloud: Cloud) -> None:
    assert session(cloud).get(f"{cloud.url}/v1/{REPOSITORY}:getIamPolicy").status_code == 404
    cloud.policies.grant(f"serviceAccount:{OPERATOR}", READER, "projects/acme")
    assert session(cloud).get(f"{cloud.url}/v1/{REPOSITORY}").status_code == 404
    cloud.catalog.push(IMAGE)
    assert session(cloud).get(f"{cloud.url}/v1/{REPOSITORY}").json()["format"] == "DOCKER"
