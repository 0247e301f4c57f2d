"""Container, called with an authorised session."""

import base64

from sandbox.google.inventory import GkeCluster, Operation
from tests.contract.google.conftest import STRANGER, Cloud, StubFleet
from tests.contract.google.session import session

PATH = "/v1/projects/acme/locations/us-central1/clusters/prod"


def test_a_cluster_says_where_its_api_is_and_what_its_pools_are(cloud: Cloud) -> None:
    found = session(cloud).get(cloud.url + PATH).json()
    assert (found["status"], found["endpoint"], found["autopilot"]) == ("RUNNING", "127.0.0.1:6443", {})
    assert base64.b64decode(found["masterAuth"]["clusterCaCertificate"]).startswith(b"-----BEGIN CERTIFICATE-----")
    assert found["controlPlaneEndpointsConfig"]["ipEndpointsConfig"]["publicEndpoint"] == "127.0.0.1:6443"
    default, spot = found["nodePools"]
    assert (default["name"], default["locations"], default["status"]) == (
        "default",
        ["us-central1-a", "us-central1-b"],
        "RUNNING",
    )
    assert default["config"] == {
        "serviceAccount": "nodes@acme.iam.gserviceaccount.com",
        "oauthScopes": ["https://www.googleapis.com/auth/cloud-platform"],
    }
    assert spot["config"]["spot"] is True
    assert [url.rsplit("/", 1)[1] for url in default["instanceGroupUrls"]] == [
        group.name for group in cloud.inventory.clusters[0].groups() if group.pool == "default"
    ]


def test_a_pool_being_upgraded_says_so(cloud: Cloud) -> None:
    cloud.inventory.clusters[0].pool_status["spot"] = "RECONCILING"
    found = session(cloud).get(cloud.url + PATH).json()
    assert {pool["name"]: pool["status"] for pool in found["nodePools"]} == {
        "default": "RUNNING",
        "spot": "RECONCILING",
    }


def test_what_gke_is_at_work_on(cloud: Cloud) -> None:
    (cluster,) = cloud.inventory.clusters
    listed = f"{cloud.url}/v1/projects/acme/locations/us-central1/operations"
    nothing = session(cloud).get(listed).json()
    cluster.operations.append(Operation(kind="AUTO_REPAIR_NODES", pool="spot", node="node-s1"))
    cluster.operations.append(Operation(kind="UPGRADE_MASTER", status="DONE"))
    repair, done = session(cloud).get(listed).json()["operations"]
    refused = session(cloud, STRANGER).get(listed)

    assert nothing == {}
    assert (repair["operationType"], repair["status"]) == ("AUTO_REPAIR_NODES", "RUNNING")
    assert repair["targetLink"].endswith("/clusters/prod/nodePools/spot/node/node-s1")
    assert (done["status"], done["targetLink"].rpartition("/clusters/")[2]) == ("DONE", "prod")
    assert refused.status_code == 403


def test_a_pool_stays_when_its_last_machine_has_gone(cloud: Cloud) -> None:
    before = session(cloud).get(cloud.url + PATH).json()
    cluster = emptied(cloud, "spot")
    assert session(cloud).get(cloud.url + PATH).json() == before
    assert [group.machines for group in cluster.groups() if group.pool == "spot"] == [()]


def test_a_pool_that_was_removed_is_not_there_any_more(cloud: Cloud) -> None:
    cluster = emptied(cloud, "spot")
    cluster.remove_pool("spot")
    assert [pool["name"] for pool in session(cloud).get(cloud.url + PATH).json()["nodePools"]] == ["default"]
    cluster.remove_pool("default")
    assert {group.pool for group in cluster.groups()} == {"default"}, "it has machines"


def emptied(cloud: Cloud, pool: str) -> GkeCluster:
    """It has been seen with its machines before."""
    (cluster,) = cloud.inventory.clusters
    assert any(group.machines for group in cluster.groups() if group.pool == pool)
    assert isinstance(cluster.fleet, StubFleet)
    cluster.fleet[:] = [machine for machine in cluster.fleet if machine.pool != pool]
    return cluster


def test_what_is_not_modelled_says_so(cloud: Cloud) -> None:
    answer = session(cloud).delete(cloud.url + PATH)
    assert answer.status_code == 501
    assert answer.json()["error"]["message"] == f"DELETE {PATH} is not modelled by the sandbox"


def test_an_unknown_cluster_is_named(cloud: Cloud) -> None:
    answer = session(cloud).get(f"{cloud.url}/v1/projects/acme/locations/us-central1/clusters/none")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Not found: projects/acme/locations/us-central1/clusters/none."


def test_who_may_not_read_it_is_refused(cloud: Cloud) -> None:
    answer = session(cloud, STRANGER).get(cloud.url + PATH)
    assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    [call] = cloud.books.calls(api="container")
    assert (call.user, call.verb, call.resource, call.name, call.status) == (STRANGER, "get", "clusters", "prod", 403)
