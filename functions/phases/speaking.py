"""Do pods say what their workload promises? A Deployment, StatefulSet or DaemonSet may name a line of their log.

READY says that a probe was answered; the line says that the work began. Nobody is asked where nobody promised.
"""

from functions.hold import Hold
from functions.model.cluster import Owner, Pod

READY_LOG = "repull.dev/ready-log"
"""Annotation of the workload: a text that stands in the log of each of its pods once it works."""

LINES = 200


def silent(hold: Hold, pods: tuple[Pod, ...]) -> tuple[str, ...]:
    """One sentence for each pod whose log lacks what its workload promises; () where all have spoken."""
    promises: dict[str, str] = {}
    for pod in pods:
        if pod.owner and pod.owner.uid not in promises:
            promises[pod.owner.uid] = _promised(hold, pod.namespace, pod.owner)
    wanted = ((pod, promises[pod.owner.uid]) for pod in pods if pod.owner)
    return tuple(f"{pod.key} has not logged {line!r}" for pod, line in wanted if line and not _says(hold, pod, line))


def _promised(hold: Hold, namespace: str, owner: Owner) -> str:
    workloads = hold.cluster.workloads
    workload = workloads.deployment_of(namespace, owner.name) if owner.kind == "ReplicaSet" else owner
    return workloads.annotations(namespace, workload).get(READY_LOG, "") if workload else ""


def _says(hold: Hold, pod: Pod, line: str) -> bool:
    return any(line in hold.cluster.pods.log(pod, each.name, lines=LINES) for each in pod.containers)
