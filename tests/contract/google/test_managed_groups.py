"""Managed instance groups that act on their machines, called with google-cloud-compute."""

import uuid

import pytest
from google.api_core.exceptions import BadRequest, Forbidden
from google.cloud import compute_v1
from google.oauth2.credentials import Credentials

from sandbox.google.inventory import Group
from tests.contract.google.conftest import STRANGER, Cloud

MACHINE = "zones/us-central1-a/instances/node-a1"


def group(cloud: Cloud) -> Group:
    return cloud.inventory.clusters[0].groups()[0]


def client(cloud: Cloud, token: str = "") -> compute_v1.InstanceGroupManagersClient:
    return compute_v1.InstanceGroupManagersClient(
        credentials=Credentials(token or cloud.token()),  # type: ignore[no-untyped-call] # ships none
        client_options={"api_endpoint": cloud.url},
    )


def recreate(cloud: Cloud, *machines: str, request_id: str = "", token: str = "") -> compute_v1.Operation:
    request = compute_v1.RecreateInstancesInstanceGroupManagerRequest(
        project="acme",
        zone="us-central1-a",
        instance_group_manager=group(cloud).name,
        instance_group_managers_recreate_instances_request_resource={"instances": machines or (MACHINE,)},
        **({"request_id": request_id} if request_id else {}),
    )
    return client(cloud, token).recreate_instances_unary(request)


def stop(cloud: Cloud, request_id: str = "") -> compute_v1.Operation:
    request = compute_v1.StopInstancesInstanceGroupManagerRequest(
        project="acme",
        zone="us-central1-a",
        instance_group_manager=group(cloud).name,
        instance_group_managers_stop_instances_request_resource={"instances": [MACHINE]},
        **({"request_id": request_id} if request_id else {}),
    )
    return client(cloud).stop_instances_unary(request)


def start(cloud: Cloud) -> compute_v1.Operation:
    request = compute_v1.StartInstancesInstanceGroupManagerRequest(
        project="acme",
        zone="us-central1-a",
        instance_group_manager=group(cloud).name,
        instance_group_managers_start_instances_request_resource={"instances": [MACHINE]},
    )
    return client(cloud).start_instances_unary(request)


def managed(cloud: Cloud) -> compute_v1.ManagedInstance:
    found = client(cloud).list_managed_instances(
        project="acme", zone="us-central1-a", instance_group_manager=group(cloud).name
    )
    return next(each for each in found if each.instance.endswith("/node-a1"))


def sizes(cloud: Cloud) -> tuple[int, int]:
    found = client(cloud).get(project="acme", zone="us-central1-a", instance_group_manager=group(cloud).name)
    return found.target_size, found.target_stopped_size


def switch_off(cloud: Cloud) -> None:
    cloud.background.loop.call_soon_threadsafe(cloud.machines["node-a1"].power_off.set)


def test_a_recreation_is_flagged_at_once_and_then_takes_its_time(cloud: Cloud) -> None:
    """The operation is DONE when the flag is set; the machine is away then, and comes back as another."""
    recreate(cloud)
    cloud.until(lambda: managed(cloud).current_action == "RECREATING" and not managed(cloud).id)
    assert sizes(cloud) == (3, 0)
    switch_off(cloud)
    cloud.until(lambda: managed(cloud).current_action == "NONE")
    assert managed(cloud).id == 1001
    assert cloud.machines["node-a1"].done == ["recreate"]


def test_what_is_being_recreated_is_not_recreated_again(cloud: Cloud) -> None:
    recreate(cloud)
    recreate(cloud, request_id=str(uuid.uuid4()))
    switch_off(cloud)
    cloud.until(lambda: managed(cloud).current_action == "NONE")
    assert cloud.machines["node-a1"].done == ["recreate"]


def test_a_recreation_that_fails_is_told_as_the_last_attempt(cloud: Cloud) -> None:
    cloud.machines["node-a1"].breaks = "no such machine type is left"
    recreate(cloud)
    cloud.until(lambda: managed(cloud).current_action == "NONE")
    (error,) = managed(cloud).last_attempt.errors.errors
    assert error.message == "no such machine type is left"

    cloud.machines["node-a1"].breaks = ""
    switch_off(cloud)
    recreate(cloud)
    cloud.until(lambda: managed(cloud).current_action == "NONE")
    assert not managed(cloud).last_attempt.errors.errors


def test_the_same_request_is_the_same_operation_even_when_all_is_over(cloud: Cloud) -> None:
    switch_off(cloud)
    same = str(uuid.uuid4())
    first = stop(cloud, same)
    cloud.until(lambda: managed(cloud).instance_status == "TERMINATED")
    again = stop(cloud, same)
    assert (again.name, again.client_operation_id) == (first.name, same)
    assert cloud.machines["node-a1"].done == ["stop"]


def test_a_stop_moves_a_machine_from_one_size_to_the_other_and_a_start_back(cloud: Cloud) -> None:
    stop(cloud)
    assert sizes(cloud) == (2, 1)
    assert managed(cloud).current_action == "STOPPING"
    switch_off(cloud)
    cloud.until(lambda: managed(cloud).instance_status == "TERMINATED" and managed(cloud).current_action == "NONE")
    start(cloud)
    assert sizes(cloud) == (3, 0)
    cloud.until(lambda: managed(cloud).instance_status == "RUNNING")
    assert managed(cloud).id == 1


def test_only_what_runs_is_stopped_and_only_what_is_stopped_is_started(cloud: Cloud) -> None:
    with pytest.raises(BadRequest, match="RUNNING, and startInstances needs it TERMINATED"):
        start(cloud)
    stop(cloud)
    cloud.until(lambda: managed(cloud).instance_status == "STOPPING")
    with pytest.raises(BadRequest, match="STOPPING, and stopInstances needs it RUNNING"):
        stop(cloud)
    assert sizes(cloud) == (2, 1)
    switch_off(cloud)


def test_machines_of_other_groups_are_not_touched(cloud: Cloud) -> None:
    with pytest.raises(BadRequest, match="'some-database' is not a member"):
        recreate(cloud, "zones/us-central1-a/instances/some-database")


def test_who_lacks_the_permission_is_told_which(cloud: Cloud) -> None:
    cloud.policies.grant(f"serviceAccount:{STRANGER}", "roles/compute.viewer", "projects/acme")
    with pytest.raises(Forbidden, match=r"compute\.instanceGroupManagers\.update"):
        recreate(cloud, token=cloud.token(STRANGER))
    assert cloud.machines["node-a1"].done == []
