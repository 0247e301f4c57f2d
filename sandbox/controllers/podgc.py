"""Pod garbage: pods whose node is gone, and pods that were deleted before they had a node."""

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.kube.client import ApiError
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object, is_terminating, name_of
from sandbox.objects.pods import is_bound, is_finished, node_of

QUARANTINE = 40.0  # simulated seconds: a node that was only re-registered must not lose its pods


class PodGarbageCollector(Controller):
    """Its keys are nodes; the empty one stands for pods without a node."""

    component = "pod-garbage-collector"
    workers = 1

    def __init__(self, cluster: Cluster) -> None:
        self._quarantined: set[str] = set()
        super().__init__(cluster)

    def subscribe(self) -> None:
        self.cluster.informer("nodes").subscribe(self._node_changed)
        self.cluster.informer("pods").subscribe(self._pod_changed)

    def _node_changed(self, before: Object | None, after: Object | None) -> None:
        if after is None and before is not None:
            self.queue.add(name_of(before))
        elif after is not None:
            self._quarantined.discard(name_of(after))

    def _pod_changed(self, _: Object | None, after: Object | None) -> None:
        if after is None:
            return
        if is_terminating(after) and not is_bound(after):
            self.queue.add("")
        elif is_bound(after) and self.cluster.informer("nodes").get(node_of(after)) is None:
            self.queue.add(node_of(after))

    async def reconcile(self, key: str) -> float | None:
        """Wait out the quarantine, then delete without grace: no kubelet is left to do it."""
        if key and self.cluster.informer("nodes").get(key):
            return None
        orphans = [pod for pod in self.cluster.informer("pods") if node_of(pod) == key and (key or is_terminating(pod))]
        if key and orphans and key not in self._quarantined:
            self._quarantined.add(key)
            return QUARANTINE
        self._quarantined.discard(key)
        failed: ApiError | None = None
        for pod in orphans:
            try:
                if not is_finished(pod):
                    await self._fail(pod, node_is_gone=bool(key))
                await self.cluster.delete("pods", pod, grace_seconds=0)
            except ApiError as error:
                failed = error  # of this one, and no reason to let the others wait
        if failed:
            raise failed
        return None

    async def _fail(self, pod: Object, *, node_is_gone: bool) -> None:
        status: Object = {"phase": "Failed"}
        if node_is_gone:
            status["conditions"] = with_condition(
                pod["status"].get("conditions") or [],
                "DisruptionTarget",
                "True",
                reason="DeletionByPodGC",
                message="PodGC: node no longer exists",
            )
        await self.cluster.patch("pods", pod, {"status": status}, subresource="status")
