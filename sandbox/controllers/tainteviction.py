"""Taint eviction: a NoExecute taint drives out pods that don't tolerate it, at once or after tolerationSeconds."""

from datetime import datetime, timedelta

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.kube import times
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object, is_terminating, key_of, name_of
from sandbox.objects.pods import is_bound, is_finished, node_of
from sandbox.objects.tolerations import stays_seconds, taints_of


class TaintEvictionController(Controller):
    """Its keys are pods."""

    component = "taint-eviction-controller"

    def __init__(self, cluster: Cluster) -> None:
        self._first_seen: dict[
            tuple[str, str], datetime
        ] = {}  # (node, taint), for taints that don't say when they came
        super().__init__(cluster)

    def subscribe(self) -> None:
        self.cluster.informer("nodes").subscribe(self._node_changed)
        self.cluster.informer("pods").subscribe(self._pod_changed)

    def _node_changed(self, before: Object | None, after: Object | None) -> None:
        old, new = ({taint["key"] for taint in _driving(node)} if node else set() for node in (before, after))
        node = name_of(after or before or {})
        for key in old - new:
            self._first_seen.pop((node, key), None)
        for key in new - old:
            self._first_seen[node, key] = times.now()
        if new - old:
            for pod in self.cluster.informer("pods"):
                if node_of(pod) == node:
                    self.queue.add(key_of(pod))

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        if after and is_bound(after) and not (before and is_bound(before)):
            self.queue.add(key_of(after))

    async def reconcile(self, key: str) -> float | None:
        """Delete the pod once the shortest stay is over."""
        pod = self.cluster.informer("pods").get(key)
        node = self.cluster.informer("nodes").get(node_of(pod)) if pod else None
        if pod is None or node is None or is_terminating(pod) or is_finished(pod):
            return None
        limits = []
        for taint in _driving(node):
            stay = stays_seconds(pod, taint)
            if stay is not None:
                since = (
                    times.parse(taint["timeAdded"])
                    if "timeAdded" in taint
                    else self._first_seen[name_of(node), taint["key"]]
                )
                limits.append(since + timedelta(seconds=self.cluster.pace.real(stay)))
        if not limits:
            return None
        left = (min(limits) - times.now()).total_seconds()
        if left > 0:
            return left * self.cluster.pace.speed
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
