"""What the accounts of the functions may do in Google Cloud, once Terraform has granted everything that can be set."""

from collections import defaultdict
from typing import Any

import pytest

from tests import permissions
from tests.infra.rendered import render

_MEMBERS = "_iam_member"
_CUSTOM = "_iam_custom_role"


def resources(kind: str) -> list[dict[str, Any]]:
    """The values of all resources whose type ends like that."""
    return [each["values"] for each in render().resources if each["type"].endswith(kind)]


def members() -> dict[str, str]:
    """The functions' accounts by what IAM calls them."""
    return {render().one("google_service_account", "function", each)["member"]: each for each in permissions.ACCOUNTS}


@pytest.mark.parametrize("account", permissions.ACCOUNTS)
def test_each_account_is_granted_exactly_what_its_function_asks_for(account: str) -> None:
    roles = {role["id"]: role["permissions"] for role in resources(_CUSTOM)}
    granted = {
        permission
        for grant in resources(_MEMBERS)
        if members().get(grant["member"]) == account
        for permission in roles[grant["role"]]  # a KeyError is a role that Google has made, and might change
    }

    assert granted == permissions.in_google(account)


def test_every_custom_role_is_granted_and_to_its_own_account_alone() -> None:
    holders = defaultdict(set)
    for grant in resources(_MEMBERS):
        holders[grant["role"]].add(members().get(grant["member"], "operator"))

    assert {role["role_id"]: holders[role["id"]] for role in resources(_CUSTOM)} == {
        role["role_id"]: {role["role_id"].split(".")[1]} for role in resources(_CUSTOM)
    }


def test_no_grant_is_everybodys() -> None:
    everybody = ("allUsers", "allAuthenticatedUsers", "domain:")
    assert [grant for grant in resources(_MEMBERS) if grant["member"].startswith(everybody)] == []
