"""Puts a case on a node: namespaces, controllers that adopt the pods, budgets that have been counted."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.kube.client import ApiError
from tests.contract.drain.cases import Case, Comeback, Guard, State, Workload
from tests.contract.drain.pods import MIRROR, Owner, ephemeral_container, reference
from tests.contract.drain.yard import (
    ENDS,
    NEVER,
    ONCE_CORDONED,
    ONCE_REPLACED,
    OPEN,
    STATE,
    Yard,
    annotation,
    is_ready,
    node,
)

Object = dict[str, Any]

WORKLOAD = "workload"  # label
PLURALS = {
    Owner.REPLICA_SET: "replicasets",
    Owner.STATEFUL_SET: "statefulsets",
    Owner.REPLICATION_CONTROLLER: "replicationcontrollers",
    Owner.JOB: "jobs",
}
TOLERATES_ALL = [{"operator": "Exists"}]
AFTER_ADOPTION = (State.SUCCEEDED, State.FAILED)  # a controller adopts no pod that has finished


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One copy of a case. `pods` are those on the node before the drain: uid -> number of the workload."""

    case: Case
    name: str  # of the node, and of the namespace
    pods: dict[str, int]

    @property
    def namespaces(self) -> tuple[str, ...]:
        return (self.name, *(_doomed(self.name, number) for number in self._doomed_ones))

    @property
    def _doomed_ones(self) -> tuple[int, ...]:
        return tuple(number for number, each in enumerate(self.case.workloads) if each.doomed)


def _doomed(name: str, number: int) -> str:
    return f"{name}-doomed-{number}"


async def build(yard: Yard, case: Case, name: str) -> Site:
    """Returns when everything is as the drain should find it."""
    taint = {"key": "drain.test/only", "value": name, "effect": "NoSchedule"}
    await asyncio.gather(
        yard.client.create("nodes", node(name, taints=[taint])),
        _namespace(yard, name),
    )
    builders = [_Builder(yard, name, number, each) for number, each in enumerate(case.workloads)]
    await asyncio.gather(*(each.build() for each in builders))
    for each in builders:
        await each.end_what_is_going()
    site = Site(
        case=case,
        name=name,
        pods={pod["metadata"]["uid"]: each.number for each in builders for pod in each.pods_here()},
    )
    expected = Counter({each.number: each.workload.here for each in builders})
    if Counter(site.pods.values()) != expected:
        raise AssertionError(f"{name}: built {Counter(site.pods.values())} instead of {expected}: {case}")
    return site


async def _namespace(yard: Yard, name: str) -> None:
    await yard.client.create("namespaces", {"metadata": {"name": name}})
    try:  # pods need it at once; the controller that makes it may come too late
        await yard.client.create("serviceaccounts", {"metadata": {"name": "default"}}, name)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise


class _Builder:
    """One workload."""

    def __init__(self, yard: Yard, node: str, number: int, workload: Workload) -> None:
        self.yard = yard
        self.node = node
        self.number = number
        self.workload = workload
        self.name = f"w{number}"
        self.namespace = _doomed(node, number) if workload.doomed else node
        self.labels = {WORKLOAD: self.name}

    async def build(self) -> None:
        if self.workload.doomed:
            await _namespace(self.yard, self.namespace)
        owner = self.workload.owner
        if owner in (Owner.DAEMON_SET, Owner.DAEMON_SET_ORPHAN):
            await self._daemon_set()
        else:
            await self._placed()
        await self._settle()
        if self.workload.debugged and self.workload.state not in AFTER_ADOPTION:
            await asyncio.gather(*(self._debug(pod) for pod in self.pods_here()))
        await self._guard()

    def pods(self) -> list[Object]:
        """All of it, wherever they are."""
        found = self.yard.pods(self.namespace)
        return [pod for pod in found if (pod["metadata"].get("labels") or {}).get(WORKLOAD) == self.name]

    def pods_here(self) -> list[Object]:
        return [pod for pod in self.pods() if pod["spec"].get("nodeName") == self.node]

    # Pods and their controllers

    async def _placed(self) -> None:
        """Pods where they should be, then the controller that adopts them."""
        workload = self.workload
        names = [f"{self.name}-{number}" for number in range(workload.total)]
        owner = await self._owner_of_theirs()
        for number, name in enumerate(names):
            here = number < workload.here
            await self.yard.client.create("pods", self._pod(name, here=here, owner=owner), self.namespace)
        if plural := PLURALS.get(workload.owner):
            await self.yard.until(self.namespace, lambda: len(self.pods()) == len(names), f"pods of {self.name}")
            await self.yard.client.create(plural, self._controller(), self.namespace)
            await self.yard.until(
                self.namespace,
                lambda: all(pod["metadata"].get("ownerReferences") for pod in self.pods()),
                f"{self.name} adopts its pods",
            )
            if workload.state in AFTER_ADOPTION:
                patch = {"metadata": {"annotations": {STATE: workload.state.value}}}
                finishing = [pod["metadata"]["name"] for pod in self.pods_here()]
                await asyncio.gather(
                    *(self.yard.client.patch("pods", each, patch, self.namespace) for each in finishing)
                )

    async def _owner_of_theirs(self) -> Object | None:
        """An ownerReference that the pods bring along; None where they have none, or are adopted."""
        owner = self.workload.owner
        if owner is Owner.NO_CONTROLLER:
            made = await self.yard.client.create("configmaps", {"metadata": {"name": self.name}}, self.namespace)
            return reference(owner, name=self.name, uid=made["metadata"]["uid"])
        if owner is Owner.NODE:
            found = await self.yard.client.get("nodes", self.node)
            return reference(owner, name=self.node, uid=found["metadata"]["uid"])
        if owner in (Owner.CUSTOM, Owner.OTHER_DAEMON_SET, Owner.DAEMON_SET_GONE):
            return reference(owner, name=self.name, uid=str(uuid4()))  # the garbage collector knows owners by it
        return None

    def _pod(self, name: str, *, here: bool, owner: Object | None) -> Object:
        state = self.workload.state if here else State.READY
        if not here and self.workload.guard in (Guard.LATER, Guard.HOPELESS):
            state = State.UNREADY
        first = State.READY if self.workload.going or (state in AFTER_ADOPTION and not owner) else state
        first = state if state in AFTER_ADOPTION and self.workload.owner not in PLURALS else first
        annotations = {STATE: first.value}
        if here and self.workload.going:
            annotations[ENDS] = NEVER if state is State.STUCK else ONCE_CORDONED
        elif here and self.workload.comeback is Comeback.SAME_NODE and self.workload.owner is not Owner.STATEFUL_SET:
            annotations[ENDS] = ONCE_REPLACED
        if self.workload.owner is Owner.NODE:
            annotations[MIRROR] = "checksum"
        spec = self._spec() | {"nodeName": self.node if here else f"{OPEN}-0"}
        metadata: Object = {"name": name, "labels": self.labels, "annotations": annotations}
        if owner:
            metadata["ownerReferences"] = [owner]
        return {"metadata": metadata, "spec": spec}

    def _spec(self) -> Object:
        spec = self.workload.shape.spec() | {"tolerations": TOLERATES_ALL}
        if self.workload.owner is Owner.JOB:
            spec["restartPolicy"] = "Never"
        return spec

    def _controller(self) -> Object:
        owner, total = self.workload.owner, self.workload.total
        selector: Object = {"matchLabels": self.labels}
        template = self._template()
        spec: Object = {"template": template, "selector": selector, "replicas": total}
        if owner is Owner.REPLICATION_CONTROLLER:
            spec["selector"] = self.labels
        if owner is Owner.STATEFUL_SET:
            # OnDelete: it would replace pods that it adopted, since they are of no revision.
            spec |= {
                "serviceName": self.name,
                "podManagementPolicy": "Parallel",
                "updateStrategy": {"type": "OnDelete"},
            }
        if owner is Owner.JOB:
            spec = {
                "template": template,
                "selector": selector,
                "manualSelector": True,
                "parallelism": total,
                "completions": total,
            }
        return {"metadata": {"name": self.name}, "spec": spec}

    def _template(self) -> Object:
        """Of the pods that come back."""
        ready = self.workload.comeback is not Comeback.NEVER_READY
        spec = self._spec()
        if self.workload.comeback is Comeback.SAME_NODE:
            spec["nodeSelector"] = {"kubernetes.io/hostname": self.node}
        else:
            del spec["tolerations"]
        annotations = {STATE: (State.READY if ready else State.UNREADY).value}
        return {"metadata": {"labels": self.labels, "annotations": annotations}, "spec": spec}

    async def _daemon_set(self) -> None:
        """The controller makes the pod itself."""
        spec = self._spec() | {"nodeSelector": {"kubernetes.io/hostname": self.node}}
        annotations = {STATE: (State.READY if self.workload.going else self.workload.state).value}
        if self.workload.going:
            annotations[ENDS] = NEVER if self.workload.state is State.STUCK else ONCE_CORDONED
        body: Object = {
            "metadata": {"name": self.name},
            "spec": {
                "selector": {"matchLabels": self.labels},
                "template": {"metadata": {"labels": self.labels, "annotations": annotations}, "spec": spec},
            },
        }
        orphan = self.workload.owner is Owner.DAEMON_SET_ORPHAN
        if orphan:
            body["metadata"]["finalizers"] = ["orphan"]  # what --cascade=orphan asks for
        await self.yard.client.create("daemonsets", body, self.namespace)
        await self.yard.until(self.namespace, lambda: bool(self.pods_here()), f"the pod of DaemonSet {self.name}")
        if orphan:
            await self.yard.client.delete("daemonsets", self.name, self.namespace)
            await self.yard.until(
                self.namespace,
                lambda: not any(pod["metadata"].get("ownerReferences") for pod in self.pods_here()),
                f"{self.name} lets go of its pod",
            )

    async def _settle(self) -> None:
        """Every pod is in the state that its annotation asks for, and as many as there should be."""

        def settled() -> bool:
            pods = self.pods()
            return len(self.pods_here()) == self.workload.here and all(_as_wanted(pod) for pod in pods)

        await self.yard.until(self.namespace, settled, f"{self.name} settles")

    async def _debug(self, pod: Object) -> None:
        patch = {"spec": {"ephemeralContainers": [ephemeral_container()]}}
        await self.yard.client.patch(
            "pods/ephemeralcontainers", pod["metadata"]["name"], patch, self.namespace, kind="strategic-merge"
        )

    async def end_what_is_going(self) -> None:
        """Deleted, and not ended by the kubelet yet."""
        workload = self.workload
        if not workload.going:
            return
        if workload.doomed:
            await self.yard.client.delete("namespaces", self.namespace)
        elif workload.owner is not Owner.DAEMON_SET_GONE:  # that one the garbage collector takes
            for pod in self.pods_here():
                await self.yard.client.delete("pods", pod["metadata"]["name"], self.namespace)
        await self.yard.until(
            self.namespace,
            lambda: all("deletionTimestamp" in pod["metadata"] for pod in self._first_ones()),
            f"{self.name} is going",
        )

    def _first_ones(self) -> list[Object]:
        return [pod for pod in self.pods_here() if annotation(pod, ENDS)]

    # Budgets

    async def _guard(self) -> None:
        specs = self._budgets()
        for number, spec in enumerate(specs):
            policy = "AlwaysAllow" if self.workload.always_evict_unhealthy else "IfHealthyBudget"
            body = {
                "metadata": {"name": f"{self.name}-{number}"},
                "spec": {"selector": {"matchLabels": self.labels}, "unhealthyPodEvictionPolicy": policy, **spec},
            }
            await self.yard.client.create("poddisruptionbudgets", body, self.namespace)
        for number in range(len(specs)):
            name = f"{self.name}-{number}"
            await self.yard.until(self.namespace, lambda name=name: self._counted(name), f"budget {name} is counted")  # type: ignore[misc]  # mypy can't infer a lambda with a default

    def _budgets(self) -> tuple[Object, ...]:
        here, total = self.workload.here, self.workload.total
        specs: dict[Guard, tuple[Object, ...]] = {
            Guard.NONE: (),
            Guard.ALLOWS: ({"minAvailable": 0},),
            Guard.SPARES_ONE: ({"minAvailable": total - 1},),
            Guard.ONE_AT_A_TIME: ({"maxUnavailable": 1},),
            Guard.ALL: ({"minAvailable": total},),
            Guard.LATER: ({"minAvailable": here},),
            Guard.HOPELESS: ({"minAvailable": here},),
            Guard.OVERLAPPING: ({"minAvailable": 0}, {"minAvailable": 0}),
        }
        return specs[self.workload.guard]

    def _counted(self, name: str) -> bool:
        """The controller has looked at all the pods, or has said that it can't."""
        budget = self.yard.get("poddisruptionbudgets", name, self.namespace)
        status = (budget or {}).get("status") or {}
        if any(each["reason"] == "SyncFailed" for each in status.get("conditions") or ()):
            return True
        healthy = sum(1 for pod in self.pods() if is_ready(pod) and "deletionTimestamp" not in pod["metadata"])
        return bool(status.get("observedGeneration")) and status.get("currentHealthy") == healthy


def _as_wanted(pod: Object) -> bool:
    wanted = annotation(pod, STATE) or State.READY.value
    phase = (pod.get("status") or {}).get("phase")
    phases = {"succeeded": "Succeeded", "failed": "Failed", "pending": "Pending"}
    return "deletionTimestamp" in pod["metadata"] or (
        bool(pod["spec"].get("nodeName"))
        and phase == phases.get(wanted, "Running")
        and is_ready(pod) == (wanted == "ready")
    )


async def get_ready(yard: Yard, site: Site) -> None:
    """What a budget has waited for: the pods elsewhere become ready."""
    for number, workload in enumerate(site.case.workloads):
        if workload.guard is Guard.LATER:
            waiting = [
                pod["metadata"]["name"]
                for pod in yard.pods(site.name)
                if pod["metadata"].get("labels", {}).get(WORKLOAD) == f"w{number}"
                and pod["spec"].get("nodeName") != site.name
            ]
            patch = {"metadata": {"annotations": {STATE: State.READY.value}}}
            await asyncio.gather(*(yard.client.patch("pods", name, patch, site.name) for name in waiting))
