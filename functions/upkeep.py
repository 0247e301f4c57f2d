"""Who else is about to change a node or its pool: GKE's own work, and the autoscaler's. Pure."""

from functions import ownership
from functions.model.cluster import Node
from functions.model.google import GkeCluster
from functions.model.names import ClusterKey

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
        reasons.append(f"cluster {cluster} is {gke.status}: GKE is changing it; wait until it is RUNNING")
    pool = next((pool for pool in gke.pools if pool.name == node.pool), None)
    if pool is None:
        reasons.append(
            f"node {node.name}: its pool {node.pool!r} is no pool of cluster {cluster}; see who made the Node, and "
            f"exclude it by the label {ownership.EXCLUDE}"
        )
    elif pool.status != "RUNNING":
        reasons.append(f"node pool {pool.name} is {pool.status}: it is being changed by GKE; wait until it is RUNNING")
    return tuple(reasons)


def leaving(node: Node) -> tuple[str, ...]:
    """By what the node itself says that somebody else takes it out of service; () where it does not."""
    keys = [taint.key for taint in node.taints if taint.key in LEAVING]
    said = [f"node {node.name} is about to be removed, by its taint {key}; nothing to do" for key in keys]
    if label := ownership.drained_by_gke(node):
        said.append(f"node {node.name} is about to be drained by GKE, by its label {label}; nothing to do")
    return tuple(said)
