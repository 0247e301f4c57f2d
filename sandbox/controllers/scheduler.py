"""The scheduler: filters nodes, prefers the emptier ones, binds; and says in the real words why it can't."""

from collections import Counter
from collections.abc import Iterable

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object, is_terminating, key_of, labels_of, name_of
from sandbox.objects.owners import controller_of
from sandbox.objects.pods import is_bound, is_finished, node_of
from sandbox.objects.quantities import MEASURED, requests, units
from sandbox.objects.selectors import node_fits
from sandbox.objects.tolerations import (
    KEEPS_NEW_PODS_OFF,
    UNSCHEDULABLE,
    taints_of,
    tolerates,
    tolerations_of,
    untolerated,
)

NAME = "default-scheduler"

_CORDON = {"key": UNSCHEDULABLE, "effect": "NoSchedule"}


class Scheduler(Controller):
    """Its keys are pods. One worker: each decision sees the one before."""

    component = NAME
    workers = 1

    def __init__(self, cluster: Cluster) -> None:
        self._unschedulable: set[str] = set()
        super().__init__(cluster)

    def subscribe(self) -> None:
        self.cluster.informer("pods").subscribe(self._pod_changed)
        self.cluster.informer("nodes").subscribe(self._node_changed)

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        if after and not is_bound(after):
            if before is None or before["spec"] != after["spec"]:
                self.queue.add(key_of(after))
        elif before and is_bound(before) and (after is None or is_finished(after)):
            self._try_again()  # room was made

    def _node_changed(self, before: Object | None, after: Object | None) -> None:
        if after and (before is None or _relevant(before) != _relevant(after)):
            self._try_again()

    def _try_again(self) -> None:
        for key in self._unschedulable:
            self.queue.add(key)

    async def reconcile(self, key: str) -> float | None:
        """Bind the pod, or say why not; it is tried again when a node changes or a pod leaves."""
        self._unschedulable.discard(key)
        pod = self.cluster.informer("pods").get(key)
        if pod is None or is_bound(pod) or is_terminating(pod) or is_finished(pod):
            return None
        if pod["spec"].get("schedulerName", NAME) != NAME or pod["spec"].get("schedulingGates"):
            return None
        nodes = list(self.cluster.informer("nodes"))
        tenants = self._tenants()
        reasons = {name_of(node): why_not(pod, node, tenants.get(name_of(node), ())) for node in nodes}
        fitting = [node for node in nodes if not reasons[name_of(node)]]
        if not fitting:
            self._unschedulable.add(key)
            await self._report_unschedulable(pod, explain(reasons.values()))
            return None
        best = min(fitting, key=lambda node: preference(pod, node, tenants.get(name_of(node), ())))
        await self.cluster.bind(pod, name_of(best))
        words = f"Successfully assigned {key} to {name_of(best)}"
        await self.recorder.normal_on(pod, "Pod", "Scheduled", words)
        return None

    def _tenants(self) -> dict[str, list[Object]]:
        """The pods that take up room, node by node."""
        tenants: dict[str, list[Object]] = {}
        for pod in self.cluster.informer("pods"):
            if is_bound(pod) and not is_finished(pod):
                tenants.setdefault(node_of(pod), []).append(pod)
        return tenants

    async def _report_unschedulable(self, pod: Object, message: str) -> None:
        await self.recorder.warning_on(pod, "Pod", "FailedScheduling", message)
        conditions = with_condition(
            (pod.get("status") or {}).get("conditions") or [],
            "PodScheduled",
            "False",
            reason="Unschedulable",
            message=message,
        )
        await self.cluster.patch("pods", pod, {"status": {"conditions": conditions}}, subresource="status")


def why_not(pod: Object, node: Object, tenants: Iterable[Object]) -> tuple[str, ...]:
    """The reasons of the first filter that the node fails; empty where it fits. In the real order of the filters."""
    if node["spec"].get("unschedulable") and not any(tolerates(each, _CORDON) for each in tolerations_of(pod)):
        return ("node(s) were unschedulable",)
    if any(untolerated(taints_of(node), tolerations_of(pod), KEEPS_NEW_PODS_OFF)):
        return ("node(s) had untolerated taint(s)",)
    if not node_fits(pod, node):
        return ("node(s) didn't match Pod's node affinity/selector",)
    return tuple(_shortages(pod, node, list(tenants)))


def _shortages(pod: Object, node: Object, tenants: list[Object]) -> Iterable[str]:
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    if len(tenants) + 1 > int(allocatable.get("pods", 0)):
        yield "Too many pods"
    wanted = requests(pod)
    used = [requests(tenant) for tenant in tenants]
    for resource in MEASURED:
        free = units(resource, allocatable.get(resource, 0)) - sum(each[resource] for each in used)
        if wanted[resource] > max(free, 0):
            yield f"Insufficient {resource}"


def preference(pod: Object, node: Object, tenants: Iterable[Object]) -> tuple[int, int, int, str]:
    """The smallest wins: few unwelcome taints, few siblings, few pods."""
    tenants = list(tenants)
    unwelcome = sum(1 for _ in untolerated(taints_of(node), tolerations_of(pod), ("PreferNoSchedule",)))
    own = controller_of(pod)
    siblings = sum(own is not None and (controller_of(tenant) or {}).get("uid") == own["uid"] for tenant in tenants)
    return unwelcome, siblings, len(tenants), name_of(node)


def explain(reasons: Iterable[tuple[str, ...]]) -> str:
    """The real scheduler's sentence about why no node fits."""
    reasons = list(reasons)
    if not reasons:
        return "no nodes available to schedule pods"
    total = len(reasons)
    counted = Counter(reason for each in reasons for reason in each)
    full = sum(all(reason.startswith(("Insufficient", "Too many")) for reason in each) for each in reasons)
    victims = {
        "No preemption victims found for incoming pod": full,
        "Preemption is not helpful for scheduling": total - full,
    }
    preemption = _sentence(total, {reason: count for reason, count in victims.items() if count})
    return f"{_sentence(total, counted)} no new claims to deallocate, preemption: {preemption}"


def _sentence(total: int, counted: dict[str, int]) -> str:
    parts = sorted(f"{count} {reason}" for reason, count in counted.items())
    return f"0/{total} nodes are available: {', '.join(parts)}."


def _relevant(node: Object) -> tuple[object, ...]:
    """What scheduling looks at: heartbeats are not in it."""
    allocatable = (node.get("status") or {}).get("allocatable")
    return taints_of(node), node["spec"].get("unschedulable", False), labels_of(node), allocatable
