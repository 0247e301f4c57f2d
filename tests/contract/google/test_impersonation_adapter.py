"""A token of the node's own account: whose it is, how long it lives, and who may have it."""

import pytest

from functions.adapters.google_session import GoogleSession
from functions.adapters.impersonation import IamCredentials
from functions.errors import Refused, Retryable
from sandbox.faults import Fault
from tests.contract.google.conftest import NODES, OPERATOR, STRANGER, Cloud
from tests.contract.google.session import credentials

SCOPES = ("https://www.googleapis.com/auth/devstorage.read_only", "https://www.googleapis.com/auth/logging.write")


@pytest.fixture
def trusting(cloud: Cloud) -> Cloud:
    """The nodes' account lets the operator have tokens of it."""
    account = f"projects/acme/serviceAccounts/{NODES}"
    cloud.policies.grant(f"serviceAccount:{OPERATOR}", "roles/iam.serviceAccountTokenCreator", account)
    return cloud


def token(cloud: Cloud, account: str = NODES, *, named: tuple[str, ...] = (NODES,), email: str = OPERATOR) -> str:
    return IamCredentials(GoogleSession(credentials(cloud, email)), cloud.url, named).token(account, SCOPES)


def test_it_is_the_accounts_own_short_lived_and_has_the_nodes_scopes(trusting: Cloud) -> None:
    found = token(trusting)
    assert trusting.identities.who(found) == NODES
    [call] = trusting.books.calls(api="iamcredentials")
    assert (call.status, call.body) == (200, {"scope": list(SCOPES), "lifetime": "300s"})


@pytest.mark.parametrize("account", [STRANGER, "", "nodes@acme/../x@acme.iam.gserviceaccount.com"])
def test_of_an_account_that_the_settings_do_not_name_none_is_asked_for(trusting: Cloud, account: str) -> None:
    with pytest.raises(Refused, match="REPULL_IMPERSONATE"):
        token(trusting, account)
    assert not trusting.books.calls(api="iamcredentials")


def test_who_may_not_have_it_learns_which_role_is_missing(trusting: Cloud) -> None:
    with pytest.raises(Refused, match=f"roles/iam.serviceAccountTokenCreator on {NODES}"):
        token(trusting, email=STRANGER)


@pytest.mark.parametrize("status, error", [(404, Refused), (429, Retryable), (500, Retryable)])
def test_what_else_may_go_wrong(trusting: Cloud, status: int, error: type[Exception]) -> None:
    trusting.faults.add(Fault(api="iamcredentials", status=status))
    with pytest.raises(error):
        token(trusting)
