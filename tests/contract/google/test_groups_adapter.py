"""The product's adapter that asks which machines are a cluster's own."""

from dataclasses import replace

import pytest

from functions.adapters.compute import ComputeEngine
from functions.adapters.google_session import GoogleSession
from functions.adapters.groups import InstanceGroups
from functions.errors import Refused, Retryable
from functions.model.google import Group, Instance, Member
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
        InstanceRef(project="acme", zone="us-central1-a", name=f"node-a{number}"): Member(
            group=group_url(cloud), id=str(number), template=cloud.inventory.clusters[0].groups()[0].template
        )
        for number in (1, 2, 3)
    }


def test_a_machine_that_is_being_recreated_has_no_id(cloud: Cloud) -> None:
    """It is listed all the same, with what its group does to it."""
    machine = Instance(ref=InstanceRef(project="acme", zone="us-central1-a", name="node-a1"), id="1", status="")
    engine = ComputeEngine(credentials=credentials(cloud), endpoint=cloud.url)
    engine.recreate(machine, group_url(cloud), "0a4c7b1e-2f60-5d0c-8f6b-1f6f0e2f9b6c")
    cloud.until(lambda: not cloud.machines["node-a1"].exists)

    found = groups(cloud).members(group_url(cloud))[machine.ref]

    assert (found.id, found.status, found.action) == ("", "", "RECREATING")


def test_what_a_group_says_of_itself(cloud: Cloud) -> None:
    template = cloud.inventory.clusters[0].groups()[0].template
    assert groups(cloud).group(group_url(cloud)) == Group(template=template, target_size=3)
    cloud.inventory.clusters[0].groups_say["default"] = {
        "updatePolicy": {"mostDisruptiveAllowedAction": "RESTART"},
        "standbyPolicy": {"mode": "SCALE_OUT_POOL"},
        "targetSize": 2,
        "targetStoppedSize": 1,
    }

    found = groups(cloud).group(group_url(cloud))

    assert found == Group(
        template=template,
        most_disruptive="RESTART",
        standby_mode="SCALE_OUT_POOL",
        target_size=2,
        target_stopped_size=1,
    )


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
    assert groups(cloud).group(url) is None


def test_a_group_that_may_not_be_read(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"compute\.instanceGroupManagers\.get"):
        groups(cloud, STRANGER).members(group_url(cloud))


def test_an_outage_is_no_empty_group(cloud: Cloud) -> None:
    """Taking it for one would be harmless but wrong: no machine would ever be ours."""
    cloud.faults.add(Fault(resource="instanceGroupManagers", status=503, times=1000))

    with pytest.raises(Retryable, match="503"):
        groups(cloud).members(group_url(cloud))
