"""Do the workloads whose pods a drain has moved keep what they promise? One new pod of each has to say it.

Who stays on the node, or comes back to it, is heard there. The others are elsewhere, where nobody else would listen.
The node itself needs none of it: what can't be found out about them is said, and fails nothing.
"""

from collections import Counter
from collections.abc import Iterable

from functions import pulls
from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Owner, Pod
from functions.phases import pods
from functions.phases.speaking import Listener, promised, workload_of

MADE_BY = {"Deployment": "ReplicaSet", "StatefulSet": "StatefulSet"}
"""Workloads whose pods a drain moves, and what makes these (apps/v1)."""

MOST = 50
"""Controllers that a slot notes, as the custom resource's schema has it."""

HEARD_AT_ONCE = 10
"""Pods of one workload that are heard at a look: a rollout may have made a thousand."""

PAUSE = 5.0
"""Seconds between two looks: each lists the pods of workloads that are still silent."""

LOOK_SECONDS = 10.0
"""After which a look ends, and the next one goes on: kubelets may be out of reach, and each is waited for."""


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
        # What each lacks, "" where nobody is there to be asked; in the order in which they are to be asked.
        self._lacking = {noted: f"{noted}: not asked yet whether it is at work" for noted in hold.slot.moved}
        self._heard: Counter[str] = Counter()  # by the pods' uids, how often
        self._not_before = hold.now()

    def unkept(self) -> tuple[str, ...]:
        """One sentence for each of which no new pod has said it, as of a few seconds ago; () where none is left."""
        if self._lacking and self._hold.now() >= self._not_before:
            self._look()
            self._not_before = self._hold.deadline(PAUSE)
        return tuple(dict.fromkeys(filter(None, self._lacking.values())))

    def _look(self) -> None:
        """What was kept is taken out of the slot: whoever goes on need not ask again, and much may be logged since."""
        hold, until = self._hold, self._hold.deadline(LOOK_SECONDS)
        for noted in tuple(self._lacking):
            if hold.spent or hold.now() >= until:
                break
            said = self._ask(noted)
            del self._lacking[noted]
            if said is not None:
                self._lacking[noted] = said
        if len(self._lacking) < len(hold.slot.moved):
            hold.update(moved=tuple(self._lacking))

    def _ask(self, noted: str) -> str | None:
        """What it lacks, in a sentence, "" where no pod is there to be asked; None where it lacks nothing, for good."""
        kind, namespace, name = noted.split("/")
        hold, workloads = self._hold, self._hold.cluster.workloads
        try:
            hold.breathe()
            workload = workload_of(hold, namespace, Owner(kind=kind, name=name, uid=""))
            if workload is None or workload.kind not in MADE_BY:
                return None
            hold.breathe()
            line = promised(hold, namespace, workload)
            if not line:
                return None
            hold.breathe()
            made = (pod for pod in workloads.pods(namespace, workload) if _made_by(workload, pod))
            silent = self._silent(line, pods.affected(hold, made))
        except (Refused, Retryable) as error:
            return f"{noted} can't be asked whether it is at work: {error}"
        if silent is None:
            return None
        return f"{workload.kind} {namespace}/{workload.name}: {', '.join(silent)}" if silent else ""

    def _silent(self, line: str, found: tuple[Pod, ...]) -> list[str] | None:
        """What new pods lack, first those that were heard least, of these the READY ones; None where one speaks."""
        until, silent = self._hold.deadline(LOOK_SECONDS), list[str]()
        asked = sorted(filter(self._is_asked, found), key=lambda pod: (self._heard[pod.uid], not pod.ready))
        for pod in asked[:HEARD_AT_ONCE]:
            if silent and (self._hold.spent or self._hold.now() >= until):
                break
            self._heard[pod.uid] += 1
            lacking = self._listener.lacking(pod, line)
            if not lacking:
                return None
            silent.append(lacking)
        return silent

    def _is_asked(self, pod: Pod) -> bool:
        """One that can't pull where it is waits for that node's own turn, and one without a place for any node."""
        placed = bool(pod.node) and pods.came_since_the_cordon(self._hold, pod)
        return placed and not pulls.fails_by_its_node(pod, self._hold.refresh.spec.repository)


def _made_by(workload: Owner, pod: Pod) -> bool:
    """Others may bear the same labels: a Job of the same team, say."""
    return pod.owner is not None and pod.owner.kind == MADE_BY[workload.kind]
