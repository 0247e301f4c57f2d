"""Node lifecycle: a node whose heartbeats stop becomes Unknown; conditions and cordons become taints."""

import asyncio
from collections.abc import Mapping

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.kube import times
from sandbox.kube.client import ApiError
from sandbox.objects.conditions import condition_of, is_true, with_condition
from sandbox.objects.kinds import Object, name_of, uid_of
from sandbox.objects.pods import is_ready, node_of
from sandbox.objects.tolerations import NOT_READY, UNREACHABLE, UNSCHEDULABLE, taints_of

GRACE = 50.0  # simulated seconds without a heartbeat; the controller manager's --node-monitor-grace-period
STARTUP_GRACE = 60.0  # the same for a node that has never said whether it is Ready; its --node-startup-grace-period
MONITOR_PERIOD = 5.0  # simulated seconds
LEAST_GRACE = 3.0  # real seconds: a busy laptop may hold up every heartbeat for a moment …
GRACE_SHARE = 0.04  # … and real seconds for each node: large fleets beat more slowly
LEAST_MONITOR_PERIOD = 0.25  # real seconds

_TAINTS = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
}
_OURS = {*_TAINTS.values(), UNSCHEDULABLE}
_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_SILENT = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
_NEVER_SPOKE = {"reason": "NodeStatusNeverUpdated", "message": "Kubelet never posted node status."}

_Beat = tuple[object, ...]  # what changes with every heartbeat


class NodeLifecycleController(Controller):
    """Judges by when it saw a heartbeat, in a lease or in the node's own status; never by the kubelet's clock.

    Nor by the wall's: a silence is as long as the looks in which nothing was heard. Where a busy computer holds up this
    process, it holds up the kubelets, too.
    """

    component = "node-controller"

    def __init__(self, cluster: Cluster) -> None:
        self._heard: dict[str, tuple[_Beat, float]] = {}  # the last heartbeat, and how many real seconds ago
        self._all_ail = False  # then it is more likely that those who look are at fault, and nobody is driven out
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
            renewed = {name_of(lease): lease["spec"].get("renewTime") for lease in leases}
            nodes = list(self.cluster.informer("nodes"))
            all_ail = not any(is_true(node, "Ready") for node in nodes)
            for node in nodes:
                self._listen(node, renewed)
                if self._is_silent(node) or all_ail is not self._all_ail:
                    self.queue.add(name_of(node))
            self._all_ail = all_ail
            await asyncio.sleep(self._period)

    @property
    def _period(self) -> float:
        return max(self.cluster.pace.real(MONITOR_PERIOD), LEAST_MONITOR_PERIOD)

    def _listen(self, node: Object, renewed: Mapping[str, object]) -> None:
        ready = condition_of(node, "Ready")
        beat: _Beat = (uid_of(node), ready and ready.get("lastHeartbeatTime"), renewed.get(name_of(node)))
        known = self._heard.get(name_of(node))
        if known and known[0] == beat:
            silence = known[1] + self._period
        elif known or ready:
            silence = 0.0
        else:  # it has never spoken
            silence = (times.now() - times.parse(node["metadata"]["creationTimestamp"])).total_seconds()
        self._heard[name_of(node)] = beat, silence

    def _is_silent(self, node: Object) -> bool:
        """For too long, and nobody has said so yet."""
        heard = self._heard.get(name_of(node))
        ready = condition_of(node, "Ready")
        if heard is None or (ready and ready["status"] == "Unknown"):
            return False
        nodes = len(self.cluster.informer("nodes"))
        patience = self.cluster.pace.real(GRACE if ready else STARTUP_GRACE)
        return heard[1] >= max(patience, LEAST_GRACE, GRACE_SHARE * nodes)

    async def reconcile(self, key: str) -> float | None:
        """Condition first, then the pods that can't be ready there, then the taints that drive them out."""
        node = self.cluster.informer("nodes").get(key)
        if node is None:
            self._heard.pop(key, None)
            return None
        if self._is_silent(node):
            node = await self._declare_unknown(node)
        wanted = wanted_taints(node, drive_out=not self._all_ail)
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
        was_ready = (condition_of(node, "Ready") or {}).get("status") == "True"
        conditions = (node.get("status") or {}).get("conditions") or []
        for kind in _CONDITIONS:
            known = condition_of(node, kind)
            if known is None or known["status"] != "Unknown":
                said = _SILENT if known else _NEVER_SPOKE
                heard = known.get("lastHeartbeatTime") if known else node["metadata"]["creationTimestamp"]
                conditions = with_condition(conditions, kind, "Unknown", lastHeartbeatTime=heard, **said)
        silent = await self.cluster.patch("nodes", node, {"status": {"conditions": conditions}}, subresource="status")
        if was_ready:
            words = f"Node {name_of(node)} status is now: NodeNotReady"
            await self.recorder.normal_on(node, "Node", "NodeNotReady", words)
            await self._pods_are_not_ready(node)
        return silent

    async def _pods_are_not_ready(self, node: Object) -> None:
        """What a kubelet itself reports of its pods is believed; this one no longer reports."""
        for pod in self.cluster.informer("pods"):
            if node_of(pod) == name_of(node) and is_ready(pod):
                ready = condition_of(pod, "Ready") or {}
                said = {key: ready[key] for key in ("reason", "message") if key in ready}
                conditions = with_condition(pod["status"]["conditions"], "Ready", "False", **said)
                await self.cluster.patch("pods", pod, {"status": {"conditions": conditions}}, subresource="status")
                await self.recorder.warning_on(pod, "Pod", "NodeNotReady", "Node is not ready")


def wanted_taints(node: Object, *, drive_out: bool) -> list[Object]:
    """The taints that a node's conditions and cordon ask for. A node that has said nothing gets none."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    keys = [key for condition in conditions if (key := _TAINTS.get((condition.get("type"), condition.get("status"))))]
    if node["spec"].get("unschedulable"):
        keys.append(UNSCHEDULABLE)
    driving = [key for key in keys if drive_out and key in {NOT_READY, UNREACHABLE}]
    added = times.seconds(times.now())
    return [
        {"key": key, "effect": effect, "timeAdded": added}
        for effect, tainted in (("NoSchedule", keys), ("NoExecute", driving))
        for key in tainted
    ]


def _identity(taint: Object) -> tuple[str, str]:
    return taint["key"], taint["effect"]
