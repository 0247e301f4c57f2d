"""What is created for a workload: its pods, what brings them back, its budgets."""

from dataclasses import dataclass

from tests.contract.drain.cases import Case, Comeback, Guard, State, Workload
from tests.contract.drain.kubelets import ENDS, NEVER, ONCE_CORDONED, ONCE_REPLACED, STATE
from tests.contract.drain.pods import MIRROR, Object, Owner
from tests.contract.drain.yard import OPEN

WORKLOAD = "workload"
"""Label of its pods, with its name."""
ADOPTING = {
    Owner.REPLICA_SET: "replicasets",
    Owner.STATEFUL_SET: "statefulsets",
    Owner.REPLICATION_CONTROLLER: "replicationcontrollers",
    Owner.JOB: "jobs",
}
"""Controllers that take over pods that are there already, and their plurals."""
FINISHED = (State.SUCCEEDED, State.FAILED)

_TOLERATES_ALL = [{"operator": "Exists"}]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifests:
    """Of workload `number` of a case on `node`."""

    workload: Workload
    number: int
    node: str

    @property
    def name(self) -> str:
        return f"w{self.number}"

    @property
    def namespace(self) -> str:
        """The node's, unless it is being deleted."""
        return f"{self.node}-doomed-{self.number}" if self.workload.doomed else self.node

    @property
    def labels(self) -> dict[str, str]:
        return {WORKLOAD: self.name}

    def pod(self, number: int, *, owner: Object | None) -> Object:
        """The first ones are on the node, the others elsewhere. `owner` is the ownerReference that it brings along."""
        here = number < self.workload.here
        metadata: Object = {
            "name": f"{self.name}-{number}",
            "labels": self.labels,
            "annotations": self._annotations() if here else {STATE: self._state_elsewhere},
        }
        if self.workload.owner is Owner.NODE:
            metadata["annotations"][MIRROR] = "checksum"
        if owner:
            metadata["ownerReferences"] = [owner]
        return {"metadata": metadata, "spec": self._spec() | {"nodeName": self.node if here else OPEN}}

    def controller(self) -> Object:
        """Of a kind in ADOPTING."""
        workload = self.workload
        size: Object = {"replicas": workload.total}
        selector: Object = {"matchLabels": self.labels}
        if workload.owner is Owner.REPLICATION_CONTROLLER:
            selector = self.labels
        if workload.owner is Owner.STATEFUL_SET:
            size |= {"serviceName": self.name, "podManagementPolicy": "Parallel"}
            size["updateStrategy"] = {"type": "OnDelete"}  # else it replaces what it adopted, which is of no revision
        if workload.owner is Owner.JOB:
            size = {"parallelism": workload.total, "completions": workload.total, "manualSelector": True}
        return {
            "metadata": {"name": self.name},
            "spec": {"selector": selector, "template": self._template(), **size},
        }

    def daemon_set(self) -> Object:
        """One that makes the pod itself. An orphan's has the finalizer that --cascade=orphan sets."""
        spec = self._spec() | {"nodeSelector": {"kubernetes.io/hostname": self.node}}
        template = {"metadata": {"labels": self.labels, "annotations": self._annotations()}, "spec": spec}
        finalizers = ["orphan"] if self.workload.owner is Owner.DAEMON_SET_ORPHAN else []
        return {
            "metadata": {"name": self.name, "finalizers": finalizers},
            "spec": {"selector": {"matchLabels": self.labels}, "template": template},
        }

    def budgets(self) -> tuple[Object, ...]:
        """By name and number."""
        here, total = self.workload.here, self.workload.total
        wishes: dict[Guard, tuple[Object, ...]] = {
            Guard.NONE: (),
            Guard.ALLOWS: ({"minAvailable": 0},),
            Guard.SPARES_ONE: ({"minAvailable": total - 1},),
            Guard.ONE_AT_A_TIME: ({"maxUnavailable": 1},),
            Guard.ALL: ({"minAvailable": total},),
            Guard.LATER: ({"minAvailable": here},),
            Guard.HOPELESS: ({"minAvailable": here},),
            Guard.OVERLAPPING: ({"minAvailable": 0}, {"minAvailable": 0}),
        }
        policy = "AlwaysAllow" if self.workload.always_evict_unhealthy else "IfHealthyBudget"
        spec = {"selector": {"matchLabels": self.labels}, "unhealthyPodEvictionPolicy": policy}
        return tuple(
            {"metadata": {"name": f"{self.name}-{number}"}, "spec": spec | wish}
            for number, wish in enumerate(wishes[self.workload.guard])
        )

    @property
    def _state_elsewhere(self) -> State:
        return State.UNREADY if self.workload.guard in (Guard.LATER, Guard.HOPELESS) else State.READY

    def _annotations(self) -> dict[str, str]:
        """Of a pod on the node: in which state it begins, and when it ends."""
        workload = self.workload
        # What is going was ready once, and a controller adopts no pod that has finished.
        later = workload.going or (workload.state in FINISHED and workload.owner in ADOPTING)
        annotations: dict[str, str] = {STATE: State.READY if later else workload.state}
        if workload.going:
            annotations[ENDS] = NEVER if workload.state is State.STUCK else ONCE_CORDONED
        elif workload.comeback is Comeback.SAME_NODE and workload.owner is not Owner.STATEFUL_SET:
            annotations[ENDS] = ONCE_REPLACED  # a StatefulSet replaces no pod before it has ended
        return annotations

    def _spec(self) -> Object:
        once = {"restartPolicy": "Never"} if self.workload.owner is Owner.JOB else {}
        return self.workload.shape.spec() | {"tolerations": _TOLERATES_ALL} | once

    def _template(self) -> Object:
        """Of the pods that come back."""
        spec = self._spec()
        if self.workload.comeback is Comeback.SAME_NODE:
            spec["nodeSelector"] = {"kubernetes.io/hostname": self.node}
        else:
            del spec["tolerations"]
        state = State.UNREADY if self.workload.comeback is Comeback.NEVER_READY else State.READY
        return {"metadata": {"labels": self.labels, "annotations": {STATE: state}}, "spec": spec}


def of(case: Case, node: str) -> tuple[Manifests, ...]:
    """In the order of the workloads."""
    return tuple(Manifests(workload=each, number=number, node=node) for number, each in enumerate(case.workloads))
