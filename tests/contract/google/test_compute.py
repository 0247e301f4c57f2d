"""Compute, called with google-cloud-compute."""

import uuid
from dataclasses import replace

import pytest
import requests
from google.api_core.exceptions import BadRequest, Forbidden, NotFound, ServiceUnavailable
from google.auth.exceptions import RefreshError
from google.cloud import compute_v1
from google.oauth2.credentials import Credentials

from sandbox.faults import Fault
from tests.contract.google.conftest import STRANGER, Cloud

NODE = {"project": "acme", "zone": "us-central1-a", "instance": "node-a1"}


def instances(cloud: Cloud, token: str = "") -> compute_v1.InstancesClient:
    return compute_v1.InstancesClient(
        credentials=Credentials(token or cloud.token()),  # type: ignore[no-untyped-call] # ships none
        client_options={"api_endpoint": cloud.url},
    )


def operations(cloud: Cloud) -> compute_v1.ZoneOperationsClient:
    return compute_v1.ZoneOperationsClient(
        credentials=Credentials(cloud.token()),  # type: ignore[no-untyped-call] # ships none
        client_options={"api_endpoint": cloud.url},
    )


def groups(cloud: Cloud) -> compute_v1.InstanceGroupManagersClient:
    return compute_v1.InstanceGroupManagersClient(
        credentials=Credentials(cloud.token()),  # type: ignore[no-untyped-call] # ships none
        client_options={"api_endpoint": cloud.url},
    )


def reset(request_id: str = "") -> compute_v1.ResetInstanceRequest:
    return compute_v1.ResetInstanceRequest(**NODE, **({"request_id": request_id} if request_id else {}))


def switch_off(cloud: Cloud, name: str = "node-a1") -> None:
    async def now() -> None:
        cloud.machines[name].power_off.set()

    cloud.background.run(now())


def test_an_instance_says_what_repull_reads(cloud: Cloud) -> None:
    found = instances(cloud).get(NODE)
    assert (found.id, found.name, found.status) == (1, "node-a1", "RUNNING")
    assert found.service_accounts[0].email == "nodes@acme.iam.gserviceaccount.com"
    assert found.scheduling.provisioning_model == "STANDARD"
    assert found.last_start_timestamp == "2026-11-24T08:00:00.000-08:00"
    group = cloud.inventory.clusters[0].groups()[0]
    assert {item.key: item.value for item in found.metadata.items} == {"created-by": group.path}


def test_a_machine_outside_every_group_has_no_creator(cloud: Cloud) -> None:
    found = instances(cloud).get(project="acme", zone="us-central1-a", instance="some-database")
    assert not found.metadata.items


def test_a_reset_runs_as_an_operation_until_the_power_is_off(cloud: Cloud) -> None:
    started = instances(cloud).reset_unary(reset())
    assert started.status == compute_v1.Operation.Status.RUNNING
    asked = {"project": "acme", "zone": "us-central1-a", "operation": started.name}
    assert operations(cloud).get(asked).status == compute_v1.Operation.Status.RUNNING
    switch_off(cloud)
    done = operations(cloud).wait(asked)
    assert done.status == compute_v1.Operation.Status.DONE
    assert (done.operation_type, done.target_id, done.error.errors) == ("reset", 1, [])
    assert cloud.machines["node-a1"].resets == 1


def test_the_same_request_id_is_the_same_operation_and_no_second_reset(cloud: Cloud) -> None:
    switch_off(cloud)
    same = str(uuid.uuid4())
    names = {instances(cloud).reset_unary(reset(same)).name for _ in range(3)}
    assert len(names) == 1
    assert cloud.machines["node-a1"].resets == 1
    instances(cloud).reset_unary(reset(str(uuid.uuid4())))
    assert cloud.machines["node-a1"].resets == 2
    assert [call.body["requestId"] for call in cloud.books.calls(verb="reset")][:3] == [same] * 3


@pytest.mark.parametrize("request_id", ["tomorrow", "00000000-0000-0000-0000-000000000000"])
def test_a_request_id_that_is_no_uuid_is_refused(cloud: Cloud, request_id: str) -> None:
    with pytest.raises(BadRequest, match="requestId"):
        instances(cloud).reset_unary(reset(request_id))
    assert cloud.machines["node-a1"].resets == 0


def test_what_is_not_there_is_named(cloud: Cloud) -> None:
    message = r"The resource 'projects/acme/zones/us-central1-a/instances/gone' was not found"
    with pytest.raises(NotFound, match=message):
        instances(cloud).get(project="acme", zone="us-central1-a", instance="gone")


def test_a_token_that_names_nobody_is_unauthorized(cloud: Cloud) -> None:
    token = cloud.token()
    cloud.identities.revoke(token)
    with pytest.raises(RefreshError):  # google-auth answers a 401 by asking for a new token, and this one has no source
        instances(cloud, token).reset_unary(reset())
    assert [call.status for call in cloud.books.calls(api="compute")] == [401]
    assert cloud.machines["node-a1"].resets == 0


def test_who_lacks_the_permission_is_told_which(cloud: Cloud) -> None:
    with pytest.raises(Forbidden, match=r"Required 'compute\.instances\.reset' permission for 'projects/acme/"):
        instances(cloud, cloud.token(STRANGER)).reset_unary(reset())
    assert cloud.machines["node-a1"].resets == 0
    [call] = cloud.books.calls(api="compute")
    assert (call.user, call.verb, call.resource, call.name, call.status) == (
        STRANGER,
        "reset",
        "instances",
        "node-a1",
        403,
    )


def test_a_fault_answers_instead_of_the_work(cloud: Cloud) -> None:
    cloud.faults.add(Fault(api="compute", verb="reset", status=503))
    with pytest.raises(ServiceUnavailable):
        instances(cloud).reset_unary(reset())
    assert cloud.machines["node-a1"].resets == 0


def test_a_dropped_answer_has_done_its_work(cloud: Cloud) -> None:
    cloud.faults.add(Fault(api="compute", verb="reset", drop=True))
    with pytest.raises(requests.ConnectionError):  # the client library lets it through as it is
        instances(cloud).reset_unary(reset())
    assert cloud.machines["node-a1"].resets == 1
    assert [call.status for call in cloud.books.calls(verb="reset")] == [0]


def members(cloud: Cloud, most: int) -> list[list[str]]:
    """The pages of a group, as the names on each."""
    group = cloud.inventory.clusters[0].groups()[0]
    asked = compute_v1.ListManagedInstancesInstanceGroupManagersRequest(
        project="acme", zone="us-central1-a", instance_group_manager=group.name, max_results=most
    )
    pages = groups(cloud).list_managed_instances(asked).pages
    return [[each.instance.rpartition("/")[2] for each in page.managed_instances] for page in pages]


def test_a_group_lists_its_machines_in_one_answer_whatever_is_asked(cloud: Cloud) -> None:
    assert members(cloud, most=2) == [["node-a1", "node-a2", "node-a3"]]


def test_a_paginated_group_lists_them_page_by_page(cloud: Cloud) -> None:
    cloud.inventory.clusters[0] = replace(cloud.inventory.clusters[0], paginated_groups=True)
    assert members(cloud, most=2) == [["node-a1", "node-a2"], ["node-a3"]]


def test_a_managed_instance_is_named_by_its_url(cloud: Cloud) -> None:
    group = cloud.inventory.clusters[0].groups()[0]
    [first, *_] = groups(cloud).list_managed_instances(
        project="acme", zone="us-central1-a", instance_group_manager=group.name
    )
    assert first.instance.endswith("/compute/v1/projects/acme/zones/us-central1-a/instances/node-a1")
    assert (first.id, first.instance_status, first.current_action) == (1, "RUNNING", "NONE")


def test_a_group_is_counted_per_pool_and_zone(cloud: Cloud) -> None:
    found = {
        (group.pool, group.zone): groups(cloud)
        .get(project="acme", zone=group.zone, instance_group_manager=group.name)
        .target_size
        for group in cloud.inventory.clusters[0].groups()
    }
    assert found == {("default", "us-central1-a"): 3, ("default", "us-central1-b"): 1, ("spot", "us-central1-a"): 1}


def test_an_unknown_group_is_named(cloud: Cloud) -> None:
    with pytest.raises(NotFound, match="instanceGroupManagers/none"):
        groups(cloud).get(project="acme", zone="us-central1-a", instance_group_manager="none")
