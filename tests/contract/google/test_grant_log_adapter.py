"""When was something granted? As Cloud Audit Logs tell it."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.adapters.google_session import GoogleSession
from functions.adapters.grant_log import MOST, AuditLog
from functions.errors import Refused, Retryable
from functions.model.names import Repository
from sandbox.faults import Fault
from tests.contract.google.conftest import NODES, OPERATOR, REPOSITORY, STRANGER, Cloud
from tests.contract.google.session import credentials

READER = "roles/artifactregistry.reader"
MEMBER = f"serviceAccount:{NODES}"
PROJECT = "projects/acme"


@pytest.fixture(autouse=True)
def _may_read_logs(cloud: Cloud) -> None:
    cloud.policies.grant(f"serviceAccount:{OPERATOR}", "roles/logging.viewer", PROJECT)


def last_change(cloud: Cloud, *, since: datetime | None = None, email: str = OPERATOR) -> datetime | None:
    log = AuditLog(GoogleSession(credentials(cloud, email)), cloud.url)
    return log.last_change(Repository.from_resource(REPOSITORY), NODES, since=since or ago(minutes=10))


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def test_without_a_grant_there_is_none(cloud: Cloud) -> None:
    """Not even where somebody else was granted something just now, as here the operator was."""
    cloud.policies.grant(f"serviceAccount:{STRANGER}", READER, PROJECT)
    assert last_change(cloud) is None


@pytest.mark.parametrize("member", [MEMBER, "group:nodes@acme.example", "allUsers", "principalSet://goog/public:all"])
def test_a_grant_on_the_project_that_may_be_the_accounts_has_its_time(cloud: Cloud, member: str) -> None:
    before = datetime.now(UTC)
    cloud.policies.grant(member, READER, PROJECT)
    found = last_change(cloud)
    assert found
    assert before <= found <= datetime.now(UTC)
    assert last_change(cloud, since=found + timedelta(seconds=1)) is None


def test_a_change_of_the_repository_may_be_anybodys(cloud: Cloud) -> None:
    cloud.policies.grant(f"serviceAccount:{STRANGER}", READER, REPOSITORY)
    assert last_change(cloud)


def test_a_change_of_another_repository_is_nobodys(cloud: Cloud) -> None:
    cloud.policies.grant(MEMBER, READER, "projects/acme/locations/us-central1/repositories/other")
    assert last_change(cloud) is None


DENIAL = (NODES, "artifactregistry.repositories.downloadArtifacts", PROJECT)


def test_a_deny_policy_that_is_taken_away_gives_access_as_well(cloud: Cloud) -> None:
    cloud.policies.deny(*DENIAL)
    denied = last_change(cloud)
    assert denied
    cloud.policies.lift(*DENIAL)
    lifted = last_change(cloud, since=denied + timedelta(microseconds=1))
    assert lifted
    assert lifted > denied


def test_too_many_changes_tell_nothing(cloud: Cloud) -> None:
    for number in range(MOST + 1):
        cloud.policies.grant(f"serviceAccount:{number}@acme.iam.gserviceaccount.com", READER, PROJECT)
    with pytest.raises(Refused, match="not all were read"):
        last_change(cloud)


def test_who_may_not_read_it_learns_which_role_is_missing(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"roles/logging\.viewer on projects/acme"):
        last_change(cloud, email=STRANGER)


def test_an_outage_is_an_outage(cloud: Cloud) -> None:
    cloud.faults.add(Fault(api="logging", status=503))
    with pytest.raises(Retryable):
        last_change(cloud)
