"""The product's adapter that asks which machines are a cluster's own."""

from dataclasses import replace

import pytest

from functions.adapters.google_session import GoogleSession
from functions.adapters.groups import InstanceGroups
from functions.errors import Refused, Retryable
from functions.model.names import InstanceRef
from sandbox.faults import Fault
from tests.contract.google.conftest import OPERATOR, STRANGER, Cloud
from tests.contract.google.session import credentials


def groups(cloud: Cloud, email: str = OPERATOR) -> InstanceGroups:
    return InstanceGroups(GoogleSession(credentials(cloud, email)), cloud.url)


def group_url(cloud: Cloud, number: int = 0) -> str:
    return f"https://www.googleapis.com/compute/v1/{cloud.inventory.clusters[0].groups()[number].path}"


def test_the_machines_of_a_group(cloud: Cloud) -> None:
    found = groups(cloud).members(group_url(cloud))

    assert found == {
        InstanceRef(project="acme", zone="us-central1-a", name=f"node-a{number}"): str(number) for number in (1, 2, 3)
    }


def test_a_long_group_comes_in_pages_where_it_is_paginated(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.google.managedgroups.PAGE", 2)
    cloud.inventory.clusters[0] = replace(cloud.inventory.clusters[0], paginated_groups=True)

    assert len(groups(cloud).members(group_url(cloud))) == 3
    assert len(cloud.books.calls(verb="listManagedInstances")) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://www.googleapis.com/compute/v1/projects/acme/zones/us-central1-a/instanceGroupManagers/gone",
        "https://www.googleapis.com/compute/v1/projects/acme/zones/us-central1-a/instances/node-a1",
        "",
    ],
)
def test_a_group_that_is_gone_or_none_has_no_machines(cloud: Cloud, url: str) -> None:
    assert groups(cloud).members(url) == {}


def test_a_group_that_may_not_be_read(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"compute\.instanceGroupManagers\.get"):
        groups(cloud, STRANGER).members(group_url(cloud))


def test_an_outage_is_no_empty_group(cloud: Cloud) -> None:
    """Taking it for one would be harmless but wrong: no machine would ever be ours."""
    cloud.faults.add(Fault(resource="instanceGroupManagers", status=503, times=1000))

    with pytest.raises(Retryable, match="503"):
        groups(cloud).members(group_url(cloud))
