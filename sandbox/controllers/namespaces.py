"""Namespace: one that is deleted is emptied first, and goes when nothing is left in it."""

from sandbox.controllers.controller import Controller
from sandbox.objects.kinds import Object, is_terminating, key_of, namespace_of

_CONTENTS = (
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "jobs",
    "poddisruptionbudgets",
    "persistentvolumeclaims",
    "configmaps",
    "secrets",
    "serviceaccounts",
    "leases",
    "pods",
    "events",  # last: what was deleted before may have left some
)
_LOOK_AGAIN = 5.0  # simulated seconds, where something waits for its grace or its finalizers


class NamespaceController(Controller):
    """Its keys are namespaces."""

    component = "namespace-controller"

    def subscribe(self) -> None:
        self.cluster.informer("namespaces").subscribe(self._namespace_changed)
        self.cluster.informer("pods").subscribe(self._pod_changed)

    def _namespace_changed(self, _: Object | None, after: Object | None) -> None:
        if after and is_terminating(after):
            self.queue.add(key_of(after))

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        namespace = self.cluster.informer("namespaces").get(namespace_of(before or after or {"metadata": {}}))
        if after is None and namespace and is_terminating(namespace):
            self.queue.add(key_of(namespace))

    async def reconcile(self, key: str) -> float | None:
        """Delete what is in it, and let it go once there is nothing."""
        namespace = self.cluster.informer("namespaces").get(key)
        if namespace is None or not is_terminating(namespace):
            return None
        left = 0
        for resource in _CONTENTS:
            for obj in await self.cluster.list(resource, namespace=key):
                if not is_terminating(obj):
                    await self.cluster.delete(resource, obj)
            left += len(await self.cluster.list(resource, namespace=key))
        if left:
            return _LOOK_AGAIN
        await self.cluster.finalize(namespace)
        return None
