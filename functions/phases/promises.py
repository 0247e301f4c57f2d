"""What the workloads of a node's pods promise to log: noted before a drain moves these, and looked for afterwards.

Who stays on the node, or comes back to it, is heard there. The others are elsewhere, where nobody else would listen.
"""

from collections.abc import Iterator

from functions import pulls
from functions.hold import Hold
from functions.model.cluster import Owner, Pod
from functions.phases import pods
from functions.phases.speaking import Listener, promised, workload_of

MOVED = ("Deployment", "StatefulSet")
"""Whose pods a drain moves."""

MOST = 256
"""Workloads of one node, as the custom resource's schema has it: GKE lets a node have no more pods."""

HEARD_AT_ONCE = 10
"""Pods of one workload whose logs are read at a look, the READY ones first: a rollout may have made a thousand."""


def made(hold: Hold) -> tuple[str, ...]:
    """The workloads that promise a line, of the refresh's pods on the slot's node, as kind/namespace/name."""
    present = pods.affected(hold, hold.cluster.pods.on_node(hold.slot.node))
    owners = {pod.owner.uid: (pod.namespace, pod.owner) for pod in present if pod.owner}
    found = (_promise(hold, namespace, owner) for namespace, owner in owners.values())
    return tuple(dict.fromkeys(filter(None, found)))[:MOST]


def _promise(hold: Hold, namespace: str, owner: Owner) -> str:
    if owner.kind not in ("ReplicaSet", *MOVED):
        return ""
    hold.breathe()  # there may be as many as pods
    workload = workload_of(hold, namespace, owner)
    kept = workload and workload.kind in MOVED and promised(hold, namespace, workload)
    return f"{workload.kind}/{namespace}/{workload.name}" if workload and kept else ""


class Promises:
    """Those that the slot has noted. What was heard, one invocation remembers."""

    def __init__(self, hold: Hold, listener: Listener) -> None:
        self._hold = hold
        self._listener = listener
        self._kept: set[str] = set()

    def unkept(self) -> tuple[str, ...]:
        """One sentence for each workload of which no new pod has written the line yet; () where none is left."""
        return tuple(filter(None, map(self._lacking, self._hold.slot.promises)))

    def _lacking(self, noted: str) -> str:
        kind, namespace, name = noted.split("/")
        workload = Owner(kind=kind, name=name, uid="")
        self._hold.breathe()
        line = "" if noted in self._kept else promised(self._hold, namespace, workload)
        silent = tuple(self._silent(namespace, workload, line)) if line else ()
        if "" in silent:
            self._kept.add(noted)
            return ""
        return f"{kind} {namespace}/{name}: {', '.join(silent)}" if silent else ""

    def _silent(self, namespace: str, workload: Owner, line: str) -> Iterator[str]:
        """What its new pods lack, until one of them lacks nothing."""
        found = pods.affected(self._hold, self._hold.cluster.workloads.pods(namespace, workload))
        asked = sorted((pod for pod in found if self._is_asked(pod)), key=lambda pod: not pod.ready)
        for pod in asked[:HEARD_AT_ONCE]:
            yield (lacking := self._listener.lacking(pod, line))
            if not lacking:
                return

    def _is_asked(self, pod: Pod) -> bool:
        """One that can't pull where it is waits for that node's own turn, and one without a place for any node."""
        placed = bool(pod.node) and pods.came_since_the_cordon(self._hold, pod)
        return placed and not pulls.fails_by_its_node(pod, self._hold.refresh.spec.repository)
