"""What it would come to, to scale to zero what fails to pull on a node: what the rows of ScaleWorkloads look at."""

from dataclasses import dataclass

from functions.model.cluster import Node, Pod
from functions.model.google import NodePool
from functions.model.workload import Autoscaler, Deployment


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """`begun` is whether this refresh has scaled something for the node's sake already."""

    accepted: bool
    begun: bool
    refresh: str
    node: Node
    pool: NodePool | None
    in_zone: int  # machines of the node's instance group
    in_pool: int  # nodes of its pool, counted until there are more than its autoscaler leaves
    failing: tuple[Deployment, ...]  # those with a pod on the node that can't pull from the repository
    forbidden: tuple[Deployment, ...]  # of them, those that the refresh's account has no right to scale
    autoscalers: tuple[Autoscaler, ...]  # of their namespaces
    others: tuple[Pod, ...]  # pods on the node that can't pull either, and belong to no Deployment
    with_data: tuple[Pod, ...]  # without consent: one of each Deployment whose pods keep something in an emptyDir
    to_local_storage: str  # what a person has to do to consent
    staying: tuple[Pod, ...]  # pods that would be left on the node, and are neither a DaemonSet's nor the kubelet's own
