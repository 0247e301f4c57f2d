"""What each row of the manifests is for: the work of an adapter that can't be done without it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from functions import probe
from functions.errors import Conflict
from functions.model.cluster import Node, NodeChange, Owner
from functions.model.names import ImageRef
from functions.model.refresh import RefreshStatus
from functions.model.workload import Deployment, Scaling
from functions.ownership import NAMESPACE
from functions.ports import Cluster, Renewal
from functions.probe import ProbeKind
from tests.contract.rbac.stage import IMAGE, Stage, spec

Job = Callable[[Stage, Cluster], Any]
Key = tuple[str, str, str]  # account, resource, verb

_SECONDS = 5.0  # a watch that is allowed goes on for as long as it is given, from before the list that it begins with


def _renewal(stage: Stage) -> Renewal:
    return Renewal(instance=stage.name("instance"), cause="c", at=datetime(2026, 11, 24, tzinfo=UTC), refresh="r")


def _probe(stage: Stage, cluster: Cluster) -> None:
    sent = probe.manifest(
        ProbeKind.ACCESS,
        ImageRef.parse(IMAGE),
        node=stage.name("nowhere"),
        of=stage.name("a-slot"),
        seconds=60,
    )
    assert probe.tampering(sent, cluster.pods.create(sent)) == ""


def _cordon(stage: Stage, cluster: Cluster) -> None:
    """The cluster's own controllers write a new node, too."""
    found: Node | None = stage.node(cluster)
    while found and not found.unschedulable:
        try:
            found = cluster.nodes.change(found, NodeChange(unschedulable=True))
        except Conflict:
            found = cluster.nodes.get(found.name)


def _annotations(kind: str) -> Job:
    return lambda _, cluster: cluster.workloads.annotations("default", Owner(kind=kind, name="none", uid="u"))


def _scale(stage: Stage, cluster: Cluster) -> None:
    """Its own controller writes it, too."""
    found: Deployment | None = stage.deployment(cluster)
    while found and found.replicas:
        try:
            found = cluster.deployments.change(found, Scaling(replicas=0))
        except Conflict:
            found = cluster.deployments.get(found.namespace, found.name)


def _take_for_the_first_time(stage: Stage, cluster: Cluster) -> None:
    stage.remove("leases", "repull", NAMESPACE)
    cluster.leases.take("first")


def _take_again(stage: Stage, cluster: Cluster) -> None:
    stage.remove("leases", "repull", NAMESPACE)
    metadata = {"name": "repull", "namespace": NAMESPACE}
    stage.create("leases", {"metadata": metadata, "spec": {"holderIdentity": "same"}})
    cluster.leases.take("same")


def _remember_for_the_first_time(stage: Stage, cluster: Cluster) -> None:
    stage.remove("configmaps", "state", NAMESPACE)
    cluster.memory.remember(_renewal(stage))


def _remember_again(stage: Stage, cluster: Cluster) -> None:
    stage.remove("configmaps", "state", NAMESPACE)
    stage.create("configmaps", {"metadata": {"name": "state", "namespace": NAMESPACE}})
    cluster.memory.remember(_renewal(stage))


def _say(stage: Stage, cluster: Cluster) -> None:
    cluster.announcer.on_node(stage.node(cluster), "Repull", "hello")


def _say_twice(stage: Stage, cluster: Cluster) -> None:
    node = stage.node(cluster)
    cluster.announcer.on_node(node, "Repull", "hello")
    cluster.announcer.on_node(node, "Repull", "hello")


def _say_of_a_pod(stage: Stage, cluster: Cluster) -> None:
    cluster.announcer.on_pod(stage.pod(), "PullDiagnosed", "hello", topic="hello")


def _say_of_a_pod_twice(stage: Stage, cluster: Cluster) -> None:
    pod = stage.pod()
    for _ in range(2):
        cluster.announcer.on_pod(pod, "PullDiagnosed", "hello", topic="hello")


_DIAGNOSE: Mapping[tuple[str, str], Job] = {
    ("nodes", "get"): lambda _, cluster: cluster.nodes.get("none"),
    ("pods", "get"): lambda _, cluster: cluster.pods.get("default", "none"),
    ("pods", "list"): lambda _, cluster: cluster.pods.pending(limit=1),
    ("serviceaccounts", "get"): lambda _, cluster: cluster.workloads.service_account("default", "default"),
    ("events", "create"): _say_of_a_pod,
    ("events", "list"): _say_of_a_pod_twice,
    ("events", "patch"): _say_of_a_pod_twice,
    ("noderefreshes", "get"): lambda _, cluster: cluster.refreshes.get("none"),
    ("noderefreshes", "create"): lambda stage, cluster: cluster.refreshes.create(stage.name("refresh"), spec()),
}
_REFRESH: Mapping[tuple[str, str], Job] = {
    ("nodes", "get"): lambda _, cluster: cluster.nodes.get("none"),
    ("nodes", "list"): lambda _, cluster: cluster.nodes.candidates(pools=("p",), not_marked="r", limit=1),
    ("nodes", "watch"): lambda _, cluster: list(cluster.nodes.follow("none", seconds=_SECONDS)),
    ("nodes", "patch"): _cordon,
    ("pods", "list"): lambda _, cluster: cluster.pods.on_node("none"),
    ("pods", "watch"): lambda _, cluster: cluster.pods.await_change("none", seconds=_SECONDS),
    ("pods", "create"): _probe,
    ("pods", "delete"): lambda stage, cluster: cluster.pods.delete(stage.pod()),
    ("pods/eviction", "create"): lambda stage, cluster: cluster.pods.evict(stage.pod()),
    ("pods/log", "get"): lambda stage, cluster: cluster.pods.log(stage.pod(), "app"),
    ("events", "create"): _say,
    ("events", "list"): _say_twice,
    ("events", "patch"): _say_twice,
    ("deployments", "get"): _annotations("Deployment"),
    ("deployments", "list"): lambda _, cluster: cluster.deployments.carrying("none", limit=1),
    ("horizontalpodautoscalers", "list"): lambda _, cluster: cluster.deployments.autoscalers("default"),
    ("statefulsets", "get"): _annotations("StatefulSet"),
    ("daemonsets", "get"): lambda _, cluster: cluster.workloads.daemon_set_exists("default", "none"),
    ("replicasets", "get"): lambda _, cluster: cluster.workloads.deployment_of("default", "none"),
    ("poddisruptionbudgets", "list"): lambda _, cluster: cluster.workloads.budgets("default"),
    ("persistentvolumeclaims", "get"): lambda _, cluster: cluster.workloads.volume_of("default", "none"),
    ("volumeattachments", "list"): lambda _, cluster: cluster.workloads.attached_volumes("none"),
    ("noderefreshes", "get"): lambda _, cluster: cluster.refreshes.get("none"),
    ("noderefreshes", "list"): lambda _, cluster: cluster.refreshes.all(),
    ("noderefreshes", "create"): lambda stage, cluster: cluster.refreshes.create(stage.name("refresh"), spec()),
    ("noderefreshes", "delete"): lambda stage, cluster: cluster.refreshes.delete(stage.refresh(cluster)),
    ("noderefreshes/status", "update"): lambda stage, cluster: cluster.refreshes.write(
        stage.refresh(cluster), RefreshStatus()
    ),
    ("configmaps", "get"): lambda _, cluster: cluster.memory.renewals(),
    ("configmaps", "create"): _remember_for_the_first_time,
    ("configmaps", "update"): _remember_again,
    ("leases", "get"): lambda _, cluster: cluster.leases.release("nobody"),
    ("leases", "create"): _take_for_the_first_time,
    ("leases", "update"): _take_again,
}

JOBS: Mapping[Key, Job] = {
    **{("repull-diagnose", *row): job for row, job in _DIAGNOSE.items()},
    **{("repull-refresh", *row): job for row, job in _REFRESH.items()},
}
SCALING: Mapping[Key, Job] = {("repull-refresh", "deployments", "patch"): _scale}
"""Of what is granted where somebody wants outages."""
