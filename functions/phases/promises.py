"""Do the workloads whose pods a drain has moved keep what they promise? One new pod of each has to say it.

Who stays on the node, or comes back to it, is heard there. The others are elsewhere, where nobody else would listen.
The node itself needs none of it: what can't be found out about them is said, and fails nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from functions import pulls
from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Owner, Pod
from functions.phases import pods
from functions.phases.speaking import Listener, promised, workload_of
from functions.settings import LONGEST_CALL_SECONDS

MADE_BY = {"Deployment": "ReplicaSet", "StatefulSet": "StatefulSet"}
"""Workloads whose pods a drain moves, and what makes these (apps/v1)."""

MOST = 50
"""Controllers that a slot notes, as the custom resource's schema has it."""

HEARD_AT_ONCE = 10
"""Pods of one workload that are heard at a look: a rollout may have made a thousand."""

PAUSE = 5.0
"""Seconds between two looks: each lists the pods of every workload that is still silent."""


def controllers(hold: Hold, present: Iterable[Pod]) -> tuple[str, ...]:
    """Of those of the refresh's pods that a drain moves, as kind/namespace/name. What they promise is asked later."""
    owners = ((pod.namespace, pod.owner) for pod in pods.affected(hold, present) if pod.owner)
    found = (f"{owner.kind}/{namespace}/{owner.name}" for namespace, owner in owners if _is_moved(owner))
    return tuple(dict.fromkeys(found))[:MOST]


def _is_moved(owner: Owner) -> bool:
    return owner.kind in MADE_BY.values() and owner.api_version == "apps/v1"


class Promises:
    """Of the workloads behind the controllers that the slot has noted."""

    def __init__(self, hold: Hold, listener: Listener) -> None:
        self._hold = hold
        self._listener = listener
        self._lacking = {noted: f"{noted}: not asked yet whether it is at work" for noted in hold.slot.moved}
        self._heard: Counter[str] = Counter()  # by the pods' uids, how often
        self._not_before = hold.now()

    def unkept(self) -> tuple[str, ...]:
        """One sentence for each of which no new pod has said it, as of a few seconds ago; () where none is left."""
        if self._lacking and self._hold.now() >= self._not_before:
            self._look()
            self._not_before = self._hold.deadline(PAUSE)
        return tuple(dict.fromkeys(self._lacking.values()))

    def remember(self) -> None:
        """For whoever goes on: those that have kept their promise need not be asked again, and may log much since."""
        if tuple(self._lacking) != self._hold.slot.moved:
            self._hold.update(moved=tuple(self._lacking))

    def _look(self) -> None:
        for noted in tuple(self._lacking):
            if not self._hold.has_time_for(LONGEST_CALL_SECONDS):
                return
            if said := self._ask(noted):
                self._lacking[noted] = said
            else:
                del self._lacking[noted]

    def _ask(self, noted: str) -> str:
        """What it lacks, in a sentence; "" where it lacks nothing, promises nothing, or has no pod to be asked."""
        kind, namespace, name = noted.split("/")
        hold, workloads = self._hold, self._hold.cluster.workloads
        try:
            hold.breathe()
            workload = workload_of(hold, namespace, Owner(kind=kind, name=name, uid=""))
            if workload is None or workload.kind not in MADE_BY:
                return ""
            hold.breathe()
            line = promised(hold, namespace, workload)
            if not line:
                return ""
            hold.breathe()
            made = (pod for pod in workloads.pods(namespace, workload) if _made_by(workload, pod))
            silent = tuple(self._silent(line, tuple(pods.affected(hold, made))))
        except (Refused, Retryable) as error:
            return f"{noted} can't be asked whether it is at work: {error}"
        return f"{workload.kind} {namespace}/{workload.name}: {', '.join(silent)}" if all(silent) and silent else ""

    def _silent(self, line: str, found: tuple[Pod, ...]) -> Iterator[str]:
        """What new pods lack, until one lacks nothing. First those that were heard least, of these the READY ones."""
        asked = (pod for pod in found if self._is_asked(pod))
        for pod in sorted(asked, key=lambda pod: (self._heard[pod.uid], not pod.ready))[:HEARD_AT_ONCE]:
            if not self._hold.has_time_for(LONGEST_CALL_SECONDS):
                yield f"{pod.key} was not asked whether it is at work"
                return
            self._heard[pod.uid] += 1
            yield (lacking := self._listener.lacking(pod, line))
            if not lacking:
                return

    def _is_asked(self, pod: Pod) -> bool:
        """One that can't pull where it is waits for that node's own turn, and one without a place for any node."""
        placed = bool(pod.node) and pods.came_since_the_cordon(self._hold, pod)
        return placed and not pulls.fails_by_its_node(pod, self._hold.refresh.spec.repository)


def _made_by(workload: Owner, pod: Pod) -> bool:
    """Others may bear the same labels: a Job of the same team, say."""
    return pod.owner is not None and pod.owner.kind == MADE_BY[workload.kind]
