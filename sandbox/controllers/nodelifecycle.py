"""Node lifecycle: a node whose lease grows old becomes Unknown; conditions and cordons become taints."""

import asyncio
from datetime import datetime, timedelta

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.kube import times
from sandbox.kube.client import ApiError
from sandbox.objects.conditions import condition_of, with_condition
from sandbox.objects.kinds import Object, is_terminating, name_of
from sandbox.objects.pods import is_finished, is_ready, node_of
from sandbox.objects.tolerations import NOT_READY, UNREACHABLE, UNSCHEDULABLE, taints_of

GRACE = 40.0  # simulated seconds without a heartbeat; the controller manager's --node-monitor-grace-period
MONITOR_PERIOD = 5.0  # simulated seconds
LEAST_GRACE = 3.0  # real seconds: a busy laptop may hold up every heartbeat for a moment …
GRACE_SHARE = 0.04  # … and real seconds for each node: large fleets beat more slowly
LEAST_MONITOR_PERIOD = 0.25  # real seconds

_OURS = {NOT_READY, UNREACHABLE, UNSCHEDULABLE}
_CONDITIONS = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
_SILENT = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}


class NodeLifecycleController(Controller):
    """Judges by leases, as the real one does; the node's own status may be minutes old."""

    component = "node-controller"

    def __init__(self, cluster: Cluster) -> None:
        self._renewed: dict[str, datetime] = {}
        super().__init__(cluster)

    def subscribe(self) -> None:
        self.follow("nodes")

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run())
            group.create_task(self._monitor())

    async def _monitor(self) -> None:
        while True:
            try:
                leases = await self.cluster.list("leases", namespace="kube-node-lease")
            except ApiError:
                leases = []  # the next look is soon
            for lease in leases:
                self._renewed[name_of(lease)] = times.parse(lease["spec"]["renewTime"])
            for node in self.cluster.informer("nodes"):
                ready = condition_of(node, "Ready")
                if self._is_silent(node) and (ready is None or ready["status"] != "Unknown"):
                    self.queue.add(name_of(node))
            await asyncio.sleep(max(self.cluster.pace.real(MONITOR_PERIOD), LEAST_MONITOR_PERIOD))

    def _is_silent(self, node: Object) -> bool:
        since = self._renewed.get(name_of(node)) or times.parse(node["metadata"]["creationTimestamp"])
        nodes = len(self.cluster.informer("nodes"))
        grace = max(self.cluster.pace.real(GRACE), LEAST_GRACE, GRACE_SHARE * nodes)
        return times.now() - since > timedelta(seconds=grace)

    async def reconcile(self, key: str) -> float | None:
        """Condition first, then the pods that can't be ready there, then the taints that drive them out."""
        node = self.cluster.informer("nodes").get(key)
        if node is None:
            return None
        ready = condition_of(node, "Ready")
        if self._is_silent(node) and (ready is None or ready["status"] != "Unknown"):
            node = await self._declare_unknown(node)
            ready = condition_of(node, "Ready")
        if ready is None or ready["status"] != "True":
            await self._pods_are_not_ready(node)
        wanted = wanted_taints(node)
        theirs = [taint for taint in taints_of(node) if taint["key"] not in _OURS]
        ours = [taint for taint in taints_of(node) if taint["key"] in _OURS]
        if {_identity(taint) for taint in ours} != {_identity(taint) for taint in wanted}:
            kept = {_identity(taint): taint for taint in ours}
            taints = [*theirs, *(kept.get(_identity(taint), taint) for taint in wanted)]
            # The list is replaced as a whole, so nobody else's change may lie in between.
            guarded = {
                "metadata": {"resourceVersion": node["metadata"]["resourceVersion"]},
                "spec": {"taints": taints or None},
            }
            await self.cluster.patch("nodes", node, guarded)
        return None

    async def _declare_unknown(self, node: Object) -> Object:
        conditions = (node.get("status") or {}).get("conditions") or []
        for kind in _CONDITIONS:
            conditions = with_condition(conditions, kind, "Unknown", **_SILENT)
        words = f"Node {name_of(node)} status is now: NodeNotReady"
        await self.recorder.normal_on(node, "Node", "NodeNotReady", words)
        return await self.cluster.patch("nodes", node, {"status": {"conditions": conditions}}, subresource="status")

    async def _pods_are_not_ready(self, node: Object) -> None:
        for pod in self.cluster.informer("pods"):
            if node_of(pod) == name_of(node) and is_ready(pod) and not is_finished(pod) and not is_terminating(pod):
                conditions = with_condition(pod["status"]["conditions"], "Ready", "False", reason="NodeNotReady")
                await self.cluster.patch("pods", pod, {"status": {"conditions": conditions}}, subresource="status")


def wanted_taints(node: Object) -> list[Object]:
    """The taints that a node's condition and cordon ask for."""
    ready = condition_of(node, "Ready")
    taints: list[Object] = []
    if ready is None or ready["status"] != "True":
        key = UNREACHABLE if ready and ready["status"] == "Unknown" else NOT_READY
        added = times.seconds(times.now())
        taints += [{"key": key, "effect": "NoSchedule"}, {"key": key, "effect": "NoExecute", "timeAdded": added}]
    if node["spec"].get("unschedulable"):
        taints.append({"key": UNSCHEDULABLE, "effect": "NoSchedule"})
    return taints


def _identity(taint: Object) -> tuple[str, str]:
    return taint["key"], taint["effect"]
