"""Taint eviction: a NoExecute taint drives out pods that don't tolerate it, at once or after tolerationSeconds."""

from datetime import datetime

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.kube import times
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object, is_terminating, key_of, name_of, uid_of
from sandbox.objects.pods import node_of
from sandbox.objects.tolerations import stays_seconds, taints_of


class TaintEvictionController(Controller):
    """Its keys are pods. A stay is counted from when this controller saw it begin, as the real one counts it."""

    component = "taint-eviction-controller"

    def __init__(self, cluster: Cluster) -> None:
        self._begun: dict[str, tuple[str, datetime]] = {}  # by key: which pod, and since when its stay is limited
        super().__init__(cluster)

    def subscribe(self) -> None:
        self.cluster.informer("nodes").subscribe(self._node_changed)
        self.cluster.informer("pods").subscribe(self._pod_changed)

    def _node_changed(self, before: Object | None, after: Object | None) -> None:
        old, new = (_driving(node) if node else [] for node in (before, after))
        if old != new:
            node = name_of(after or before or {})
            for pod in self.cluster.informer("pods"):
                if node_of(pod) == node:
                    self.queue.add(key_of(pod))

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        changed = after or before or {}
        if before is None or after is None or node_of(before) != node_of(after):
            self.queue.add(key_of(changed))

    async def reconcile(self, key: str) -> float | None:
        """Delete the pod once the shortest stay is over; a finished one, too."""
        pod = self.cluster.informer("pods").get(key)
        node = self.cluster.informer("nodes").get(node_of(pod)) if pod else None
        driving = _driving(node) if node else []
        if pod is None or not driving or is_terminating(pod):
            self._begun.pop(key, None)
            return None
        uid, begun = self._begun.get(key, ("", times.now()))
        if uid != uid_of(pod):
            begun = times.now()
            self._begun[key] = uid_of(pod), begun
        stays = [stay for taint in driving if (stay := stays_seconds(pod, taint)) is not None]
        if not stays:
            return None
        left = min(stays) - (times.now() - begun).total_seconds() * self.cluster.pace.speed
        if left > 0:
            return left
        await self._evict(pod)
        return None

    async def _evict(self, pod: Object) -> None:
        conditions = with_condition(
            (pod.get("status") or {}).get("conditions") or [],
            "DisruptionTarget",
            "True",
            reason="DeletionByTaintManager",
            message="Taint manager: deleting due to NoExecute taint",
        )
        await self.cluster.patch("pods", pod, {"status": {"conditions": conditions}}, subresource="status")
        await self.recorder.normal_on(pod, "Pod", "TaintManagerEviction", f"Marking for deletion Pod {key_of(pod)}")
        await self.cluster.delete("pods", pod)


def _driving(node: Object) -> list[Object]:
    return [taint for taint in taints_of(node) if taint["effect"] == "NoExecute"]
