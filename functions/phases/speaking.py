"""Do pods say what their workload promises? A Deployment, StatefulSet or DaemonSet may name a line of their log.

READY says that a probe was answered; the line says that the work began. Nobody is asked where nobody promised.
"""

from datetime import datetime
from math import ceil

from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Container, Owner, Pod

READY_LOG = "repull.dev/ready-log"
"""Annotation of the workload: a text that stands in the log of each of its pods once it works."""

OVERLAP = 10
"""Seconds that are read twice: between two looks the clock may be set, and a line may be half written."""

Run = tuple[str, str, datetime | None]
"""Of a container: its pod's uid, its name, and since when it runs. The log of a new run begins anew."""


def workload_of(hold: Hold, namespace: str, owner: Owner) -> Owner | None:
    """What rolls out the pods that this is the owner of; None where it is gone."""
    if owner.kind != "ReplicaSet":
        return owner
    return hold.cluster.workloads.deployment_of(namespace, owner.name)


def promised(hold: Hold, namespace: str, workload: Owner) -> str:
    """The line that it promises; "" where it promises none, or is gone."""
    return hold.cluster.workloads.annotations(namespace, workload).get(READY_LOG, "")


class Listener:
    """Reads every log from its beginning, and at each further look what is new. As long as its invocation lives."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._looked: dict[Run, datetime] = {}
        self._heard: set[tuple[Run, str]] = set()  # and what

    def silent(self, pods: tuple[Pod, ...]) -> tuple[str, ...]:
        """One sentence for each pod whose log lacks what its workload promises, or can't be read; () where none."""
        promises: dict[str, str] = {}
        for pod in pods:
            if pod.owner and pod.owner.uid not in promises:
                workload = workload_of(self._hold, pod.namespace, pod.owner)
                promises[pod.owner.uid] = promised(self._hold, pod.namespace, workload) if workload else ""
        wanted = ((pod, promises[pod.owner.uid]) for pod in pods if pod.owner)
        return tuple(filter(None, (self.lacking(pod, line) for pod, line in wanted if line)))

    def lacking(self, pod: Pod, line: str) -> str:
        """That the pod's log lacks the line, or can't be read, in a sentence; "" where the line is there."""
        try:
            return "" if self._says(pod, line) else f"{pod.key} has not logged {line!r}"
        except (Refused, Retryable) as error:  # its kubelet out of reach, or the right to read gone: it has its time
            return f"the log of {pod.key} can't be read: {error}"

    def _says(self, pod: Pod, line: str) -> bool:
        return any(self._has_said(pod, each, line) for each in pod.containers)

    def _has_said(self, pod: Pod, container: Container, line: str) -> bool:
        run = (pod.uid, container.name, container.running_since)
        if (run, line) not in self._heard:
            self._hold.breathe()  # a log is long, and there may be many
            looked, now = self._looked.get(run), self._hold.now()
            since = None if looked is None else OVERLAP + max(0, ceil((now - looked).total_seconds()))
            if line in self._hold.cluster.pods.log(pod, container.name, since_seconds=since):
                self._heard.add((run, line))
            self._looked[run] = now
        return (run, line) in self._heard
