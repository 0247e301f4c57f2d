"""Who else is about to change a node or its pool: GKE's own work, and the autoscaler's. Pure."""

from functions import ownership
from functions.model.cluster import Node
from functions.model.google import RECONCILING, GkeCluster
from functions.model.names import ClusterKey

PASSING = frozenset({"PROVISIONING", RECONCILING, "STOPPING"})
"""Statuses of a cluster or a pool that end by themselves; the others say that something is wrong (Container API)."""

LEAVING = ("ToBeDeletedByClusterAutoscaler", "cloud.google.com/impending-node-termination")
"""Taints by which the autoscaler (its FAQ) and GKE say that a node is about to go.

Its `DeletionCandidateOfClusterAutoscaler` is not among them: such a node may stay, and does while we have cordoned it.
"""

SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"
"""Annotation on a Pod: "false" keeps the autoscaler from removing its node, "true" lets a bare pod go too (its FAQ)."""


def gke_changes(node: Node, gke: GkeCluster, cluster: ClusterKey) -> tuple[str, ...]:
    """What GKE says against touching the node; () where nothing."""
    reasons = []
    if gke.autopilot:
        reasons.append(
            f"cluster {cluster} is Autopilot: its machines are Google's to manage; delete the pods that fail, which "
            "may bring them to other nodes, or ask Google's support"
        )
    if gke.status != "RUNNING":
        why = f"gcloud container clusters describe {cluster.name} {_place(cluster)}"
        reasons.append(f"cluster {cluster} is {gke.status}: {_what_to_do(gke.status, why)}")
    pool = next((pool for pool in gke.pools if pool.name == node.pool), None)
    if pool is None:
        reasons.append(
            f"node {node.name}: its pool {node.pool!r} is no pool of cluster {cluster}; see who made the Node, and "
            f"exclude it by the label {ownership.EXCLUDE}"
        )
    elif pool.status != "RUNNING":
        why = f"gcloud container node-pools describe {pool.name} --cluster={cluster.name} {_place(cluster)}"
        reasons.append(f"node pool {pool.name} is {pool.status}: {_what_to_do(pool.status, why)}")
    see = f"gcloud container operations list {_place(cluster)}"
    reasons += [f"GKE is at work on {each}; wait until it has done: {see}" for each in gke.at_work_on({node.pool})]
    return tuple(reasons)


def _what_to_do(status: str, why: str) -> str:
    if status in PASSING:
        return "GKE is changing it; wait until it is RUNNING"
    return f"that does not pass by itself; see why, and start again once it is RUNNING: {why}"


def _place(cluster: ClusterKey) -> str:
    return f"--location={cluster.location} --project={cluster.project}"


def leaving(node: Node) -> tuple[str, ...]:
    """By what the node itself says that somebody else takes it out of service; () where it does not."""
    keys = [taint.key for taint in node.taints if taint.key in LEAVING]
    said = [f"node {node.name} is about to be removed, by its taint {key}; nothing to do" for key in keys]
    if label := ownership.drained_by_gke(node):
        said.append(f"node {node.name} is about to be drained by GKE, by its label {label}; nothing to do")
    return tuple(said)
