"""The product's adapter for GKE: what a cluster is made of, and how its API server is reached."""

from dataclasses import replace
from typing import Any, cast

import pytest

from functions.adapters.gke import Endpoint, GkeClusters
from functions.adapters.gke_operations import GkeOperations
from functions.adapters.google_session import GoogleSession
from functions.errors import Refused, Retryable
from functions.model.google import Autoscaling
from functions.model.names import ClusterKey
from functions.ports import Cluster
from sandbox.faults import Fault
from sandbox.google import container
from sandbox.google.inventory import Autoscaled, Operation
from tests.contract.google.conftest import NODES, OPERATOR, STRANGER, Cloud
from tests.contract.google.session import credentials

KEY = ClusterKey(project="acme", location="us-central1", name="prod")
CA = "-----BEGIN CERTIFICATE-----\n"


class Connections:
    """Stands for the adapters of one cluster each."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def __call__(self, key: ClusterKey, endpoint: Endpoint) -> Cluster:
        self.endpoints.append(endpoint)
        return cast("Cluster", (key, len(self.endpoints)))


def gke(
    cloud: Cloud, email: str = OPERATOR, *, operations: bool = False, remembered_seconds: float = 60
) -> tuple[GkeClusters, Connections]:
    connections = Connections()
    session = GoogleSession(credentials(cloud, email))
    asked = GkeOperations(session, cloud.url) if operations else None
    return GkeClusters(
        session, cloud.url, connections, operations=asked, remembered_seconds=remembered_seconds
    ), connections


def test_a_cluster_as_we_see_it(cloud: Cloud) -> None:
    cloud.inventory.clusters[0].pool_status["spot"] = "RECONCILING"

    found = gke(cloud)[0].cluster(KEY)

    default, spot = found.pools
    assert (found.status, found.autopilot) == ("RUNNING", False)
    assert (default.name, default.service_account, default.status) == ("default", NODES, "RUNNING")
    assert default.scopes == ("https://www.googleapis.com/auth/cloud-platform",)
    groups = cloud.inventory.clusters[0].groups()
    assert default.group_urls == tuple(
        f"https://www.googleapis.com/compute/v1/{group.path}" for group in groups if group.pool == "default"
    )
    assert spot.status == "RECONCILING"


def test_how_few_nodes_a_pools_autoscaler_leaves(cloud: Cloud) -> None:
    """In each zone, or of all: which of them counts, the pool says."""
    cluster = cloud.inventory.clusters[0]
    cluster.autoscaled["default"] = Autoscaled(least=2)
    cluster.autoscaled["spot"] = Autoscaled(least_of_all=3)
    found = gke(cloud)[0].cluster(KEY)
    cluster.autoscaled.clear()
    fixed = gke(cloud)[0].cluster(KEY)

    assert [pool.autoscaling for pool in found.pools] == [Autoscaling(least_per_zone=2), Autoscaling(least=3)]
    assert [pool.autoscaling for pool in fixed.pools] == [None, None]


def test_the_operations_that_are_under_way(cloud: Cloud) -> None:
    """Each once, also those of the whole cluster; none that is done, another cluster's, or concerns no node of ours."""
    (cluster,) = cloud.inventory.clusters
    cluster.operations[:] = [
        Operation(kind="AUTO_REPAIR_NODES", pool="spot", node="node-s1"),
        Operation(kind="AUTO_REPAIR_NODES", pool="spot", node="node-s2"),
        Operation(kind="SET_NODE_POOL_SIZE", pool="default", status="DONE"),
        Operation(kind="UPGRADE_NODES", pool="default", status="PENDING"),
        Operation(kind="UPGRADE_MASTER"),
        *(Operation(kind=kind, pool="spot") for kind in ("CREATE_NODE_POOL", "DELETE_NODE_POOL")),
        Operation(kind="SET_NODE_POOL_MANAGEMENT", pool="spot"),
    ]
    other = replace(cluster, name="prod-2", operations=[Operation(kind="DELETE_CLUSTER")])
    cloud.inventory.clusters.append(other)

    found = gke(cloud, operations=True)[0].at_work(KEY)

    assert [(each.pool, each.kind) for each in found.operations] == [
        ("", "UPGRADE_MASTER"),
        ("default", "UPGRADE_NODES"),
        ("spot", "AUTO_REPAIR_NODES"),
    ]
    assert gke(cloud, operations=True)[0].cluster(KEY).operations == ()


def test_operations_are_remembered_as_the_rest_is(cloud: Cloud) -> None:
    clusters, _ = gke(cloud, operations=True)
    operations = cloud.inventory.clusters[0].operations

    clusters.at_work(KEY)
    operations.append(Operation(kind="UPGRADE_NODES", pool="spot"))

    assert [len(clusters.at_work(KEY, anew=anew).operations) for anew in (False, True, False)] == [0, 1, 1]
    assert len(cloud.books.calls(api="container", resource="operations")) == 2


def test_whose_operations_may_not_be_seen(cloud: Cloud) -> None:
    cloud.policies.grant(f"serviceAccount:{STRANGER}", "roles/container.clusterViewer", "projects/acme")
    clusters, _ = gke(cloud, STRANGER, operations=True)

    clusters.connect(KEY)  # does not hang on them
    clusters.cluster(KEY)
    with pytest.raises(Refused, match=r"needs container\.operations\.list"):
        clusters.at_work(KEY)


@pytest.mark.parametrize(
    "answer", [{"missingZones": ["us-central1-b"]}, None], ids=["not-of-all-zones", "no-such-place"]
)
def test_what_does_not_tell_all_tells_nothing(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any] | None
) -> None:
    monkeypatch.setattr(GoogleSession, "get", lambda *_, **__: answer)
    session = GoogleSession(credentials(cloud, OPERATOR))

    with pytest.raises(Retryable, match="does not tell all"):
        GkeOperations(session, cloud.url).under_way(KEY)


def test_one_answer_serves_for_a_while(cloud: Cloud) -> None:
    clusters, connections = gke(cloud)

    clusters.cluster(KEY)
    first = clusters.connect(KEY)

    assert clusters.connect(KEY) is first
    assert connections.endpoints == [Endpoint(host="https://127.0.0.1:6443", ca=CA)]
    assert len(cloud.books.calls(api="container")) == 1


def test_who_asks_anew_hears_what_is_so_now_and_the_others_after_it(cloud: Cloud) -> None:
    clusters, _ = gke(cloud)
    status = cloud.inventory.clusters[0].pool_status

    clusters.cluster(KEY)
    status["spot"] = "RECONCILING"

    assert [clusters.cluster(KEY, anew=anew).pools[1].status for anew in (False, True, False)] == [
        "RUNNING",
        "RECONCILING",
        "RECONCILING",
    ]
    assert len(cloud.books.calls(api="container")) == 2


def test_who_asks_anew_is_not_told_what_was_so_before_an_outage(cloud: Cloud) -> None:
    clusters, _ = gke(cloud)
    clusters.cluster(KEY)
    cloud.faults.add(Fault(api="container", status=503))

    with pytest.raises(Retryable):
        clusters.cluster(KEY, anew=True)

    assert clusters.cluster(KEY).status == "RUNNING"


def test_a_changed_endpoint_is_connected_anew(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    clusters, connections = gke(cloud, remembered_seconds=0)
    first = clusters.connect(KEY)
    assert clusters.connect(KEY) is first
    answer = container._cluster

    def moved(cluster: Any) -> dict[str, Any]:
        return answer(cluster) | {"endpoint": "10.0.0.9"}

    monkeypatch.setattr(container, "_cluster", moved)

    assert clusters.connect(KEY) is not first
    assert [endpoint.host for endpoint in connections.endpoints] == ["https://127.0.0.1:6443", "https://10.0.0.9"]


@pytest.mark.parametrize("open_to_us", [True, False])
def test_the_dns_endpoint_is_taken_where_it_lets_us_in(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, *, open_to_us: bool
) -> None:
    """It has a public certificate, so the cluster's own CA is of no use there."""
    answer = container._cluster
    name = "gke-1a2b3c.us-central1.gke.goog"
    config = {"dnsEndpointConfig": {"endpoint": name, "allowExternalTraffic": open_to_us}}
    monkeypatch.setattr(
        container, "_cluster", lambda cluster: answer(cluster) | {"controlPlaneEndpointsConfig": config}
    )
    clusters, connections = gke(cloud)

    clusters.connect(KEY)

    by_name = Endpoint(host=f"https://{name}", ca=None)
    assert connections.endpoints == [by_name if open_to_us else Endpoint(host="https://127.0.0.1:6443", ca=CA)]


def test_a_cluster_that_does_not_exist(cloud: Cloud) -> None:
    with pytest.raises(Refused, match="acme/us-central1/other does not exist; correct its name"):
        gke(cloud)[0].cluster(ClusterKey(project="acme", location="us-central1", name="other"))


def test_a_cluster_that_may_not_be_read(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"container\.clusters\.get"):
        gke(cloud, STRANGER)[0].connect(KEY)


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"drop": True}])
def test_an_outage_is_not_remembered(cloud: Cloud, fault: dict[str, Any]) -> None:
    cloud.faults.add(Fault(api="container", **fault))
    clusters, _ = gke(cloud)

    with pytest.raises(Retryable):
        clusters.cluster(KEY)

    assert clusters.cluster(KEY).status == "RUNNING"


@pytest.mark.parametrize("spoil", [{"endpoint": ""}, {"masterAuth": {}}, {"masterAuth": {"clusterCaCertificate": "%"}}])
def test_a_cluster_that_cannot_be_reached_yet(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, spoil: dict[str, Any]
) -> None:
    answer = container._cluster
    monkeypatch.setattr(container, "_cluster", lambda cluster: answer(cluster) | spoil)

    with pytest.raises(Refused, match=str(KEY)):
        gke(cloud)[0].connect(KEY)


def test_an_outage_does_not_cut_off_a_known_endpoint(cloud: Cloud) -> None:
    """A node that is cordoned must be given back all the same; what the cluster is made of is not guessed."""
    clusters, connections = gke(cloud, remembered_seconds=0)
    connected = clusters.connect(KEY)
    cloud.faults.add(Fault(api="container", status=503, times=1000))

    assert clusters.connect(KEY) is connected
    assert len(connections.endpoints) == 1
    with pytest.raises(Retryable):
        clusters.cluster(KEY)
