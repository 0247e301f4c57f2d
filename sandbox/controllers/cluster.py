"""What the controllers share: one cache of each kind, and writes that show in it at once."""

import asyncio
from collections.abc import Iterable
from typing import Any

from sandbox.controllers.informer import Informer
from sandbox.kube.client import ApiError, KubeClient
from sandbox.objects.kinds import Object, name_of, namespace_of, uid_of
from sandbox.objects.owners import is_controlled_by
from sandbox.pace import Pace
from sandbox.recorder import Recorder

FOLLOWED = (
    "namespaces",
    "serviceaccounts",
    "nodes",
    "pods",
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "jobs",
    "poddisruptionbudgets",
    "noderefreshes",
)


class Cluster:
    """A decision made from the cache is never older than the writer's own last write."""

    def __init__(self, client: KubeClient, pace: Pace, resources: Iterable[str] = FOLLOWED) -> None:
        self._client = client
        self.pace = pace
        self._informers = {resource: Informer(client, resource) for resource in resources}

    async def run(self) -> None:
        """Keep the caches until cancelled."""
        async with asyncio.TaskGroup() as group:
            for informer in self._informers.values():
                group.create_task(informer.run())

    async def synced(self) -> None:
        """Return when every cache has been filled once."""
        for informer in self._informers.values():
            await informer.synced.wait()

    def informer(self, resource: str) -> Informer:
        return self._informers[resource]

    def recorder(self, component: str) -> Recorder:
        """For the events of one controller."""
        return Recorder(client=self._client, pace=self.pace, component=component)

    def dependents(self, resource: str, owner: Object) -> list[Object]:
        """The cached objects that `owner` controls."""
        return [obj for obj in self._informers[resource] if is_controlled_by(obj, owner)]

    def pods_of(self, owner: Object) -> list[Object]:
        return self.dependents("pods", owner)

    async def read(self, resource: str, name: str, *, namespace: str = "") -> Object | None:
        """Past the cache; None where it isn't there."""
        try:
            return await self._client.get(resource, name, namespace)
        except ApiError as fault:
            if fault.status == 404:
                return None
            raise

    async def list(self, resource: str, *, namespace: str = "") -> list[Object]:
        """Past the cache."""
        return await self._client.list(resource, namespace)

    async def create(self, resource: str, obj: Object) -> Object:
        return self._observed(resource, await self._client.create(resource, obj))

    async def patch(self, resource: str, obj: Object, patch: Any, *, subresource: str = "") -> Object:
        """A merge patch; 409 where the name belongs to another object by now."""
        patch = {**patch, "metadata": {**patch.get("metadata", {}), "uid": uid_of(obj)}}
        target = f"{resource}/{subresource}" if subresource else resource
        return self._observed(resource, await self._client.patch(target, name_of(obj), patch, namespace_of(obj)))

    async def report(self, resource: str, obj: Object, status: Object) -> Object:
        """Replace the status if it says something new; 409 where the object has changed since it was cached."""
        before = obj.get("status") or {}
        if all(before.get(key) == value for key, value in status.items()):
            return obj
        return self._observed(
            resource, await self._client.replace(f"{resource}/status", {**obj, "status": {**before, **status}})
        )

    async def bind(self, pod: Object, node: str) -> None:
        """The scheduler's verdict. 409 where the pod is bound, or another by now."""
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name_of(pod), "namespace": namespace_of(pod), "uid": uid_of(pod)},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        await self._client.create("pods/binding", binding)
        self._observed("pods", await self._client.get("pods", name_of(pod), namespace_of(pod)))

    async def finalize(self, namespace: Object) -> None:
        """Take off what keeps a terminating namespace; nothing but this subresource can."""
        spec = {**(namespace.get("spec") or {}), "finalizers": []}
        await self._client.replace("namespaces/finalize", {**namespace, "spec": spec})

    async def delete(
        self, resource: str, obj: Object, *, grace_seconds: int | None = None, foreground: bool = False
    ) -> None:
        """Delete this very object; one that is gone already is no fault."""
        name, namespace, uid = name_of(obj), namespace_of(obj), uid_of(obj)
        try:
            answer = await self._client.delete(
                resource, name, namespace, grace=grace_seconds, uid=uid, foreground=foreground
            )
        except ApiError as fault:
            if fault.status not in {404, 409}:
                raise
            return
        if "deletionTimestamp" in answer.get("metadata", {}):
            self._observed(resource, answer)

    def _observed(self, resource: str, obj: Object) -> Object:
        if resource in self._informers:
            self._informers[resource].observe(obj)
        return obj
