"""Garbage collection: what is left of an owner that is gone goes too."""

from collections.abc import Iterator
from functools import partial

from sandbox.controllers.controller import Controller
from sandbox.objects.kinds import Object, is_terminating, key_of, name_of, namespace_of, split_key, uid_of

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"

_OWNERS = {
    "Pod": "pods",
    "Node": "nodes",
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "Job": "jobs",
    "NodeRefresh": "noderefreshes",
}
_UNFOLLOWED = "leases"  # dependents of nodes: they change all the time, and go only with their node
_DEPENDENTS = ("pods", "replicasets", "jobs", "poddisruptionbudgets")


class GarbageCollector(Controller):
    """Its keys are `resource:key`. An owner kind that it doesn't follow is never taken for gone."""

    component = "garbage-collector"

    def subscribe(self) -> None:
        for resource in _DEPENDENTS:
            self.cluster.informer(resource).subscribe(partial(self._dependent_changed, resource))
        for resource in _OWNERS.values():
            self.cluster.informer(resource).subscribe(partial(self._owner_changed, resource))

    def _dependent_changed(self, resource: str, before: Object | None, after: Object | None) -> None:
        obj = after or before or {}
        for reference in obj["metadata"].get("ownerReferences") or ():
            if after:
                self.queue.add(f"{resource}:{key_of(after)}")
            elif reference["kind"] in _OWNERS:
                # An owner that is deleted in the foreground waits for this.
                owners = _OWNERS[reference["kind"]]
                self.queue.add(f"{owners}:{_key(self._namespace(owners, obj), reference['name'])}")

    def _owner_changed(self, resource: str, before: Object | None, after: Object | None) -> None:
        owner = after or before or {}
        if resource == "nodes" and after is None:
            self.queue.add(f"{_UNFOLLOWED}:kube-node-lease/{name_of(owner)}")
        if after is not None and not is_terminating(after):
            return
        if after is not None:
            self.queue.add(f"{resource}:{key_of(after)}")
        for dependents, obj in self._dependents(owner):
            self.queue.add(f"{dependents}:{key_of(obj)}")

    async def reconcile(self, key: str) -> float | None:
        """Delete it if all its owners are gone; if it is an owner on its way out, see to its dependents first."""
        resource, _, name = key.partition(":")
        obj = await self._object(resource, name)
        if obj is None:
            return None
        finalizers = obj["metadata"].get("finalizers") or ()
        if is_terminating(obj) and FOREGROUND in finalizers:
            await self._delete_dependents(resource, obj)
        elif is_terminating(obj) and ORPHAN in finalizers:
            await self._orphan_dependents(resource, obj)
        elif not is_terminating(obj) and obj["metadata"].get("ownerReferences") and await self._is_garbage(obj):
            await self.cluster.delete(resource, obj)
        return None

    async def _object(self, resource: str, key: str) -> Object | None:
        if resource != _UNFOLLOWED:
            return self.cluster.informer(resource).get(key)
        namespace, name = split_key(key)
        return await self.cluster.read(resource, name, namespace=namespace)

    async def _is_garbage(self, obj: Object) -> bool:
        for reference in obj["metadata"]["ownerReferences"]:
            resource = _OWNERS.get(reference["kind"])
            if resource is None:
                return False
            owner = self._find(resource, obj, reference)
            # The cache may be behind: only a look at the API itself condemns.
            owner = owner or await self.cluster.read(
                resource, reference["name"], namespace=self._namespace(resource, obj)
            )
            if owner and uid_of(owner) == reference["uid"]:
                return False
        return True

    def _find(self, resource: str, obj: Object, reference: Object) -> Object | None:
        namespace = self._namespace(resource, obj)
        owner = self.cluster.informer(resource).get(_key(namespace, reference["name"]))
        return owner if owner and uid_of(owner) == reference["uid"] else None

    def _namespace(self, resource: str, obj: Object) -> str:
        return "" if resource in {"nodes", "noderefreshes"} else namespace_of(obj)

    def _dependents(self, owner: Object) -> Iterator[tuple[str, Object]]:
        for resource in _DEPENDENTS:
            for obj in self.cluster.informer(resource):
                references = obj["metadata"].get("ownerReferences") or ()
                if any(reference["uid"] == uid_of(owner) for reference in references):
                    yield resource, obj

    async def _delete_dependents(self, resource: str, owner: Object) -> None:
        """Those that block their owner; the others are garbage when it is gone."""
        blocking = [(kind, obj) for kind, obj in self._dependents(owner) if _blocks(obj, owner)]
        for kind, obj in blocking:
            if not is_terminating(obj):
                await self.cluster.delete(kind, obj, foreground=any(self._dependents(obj)))
        if not blocking:
            await self._let_go(resource, owner, FOREGROUND)

    async def _orphan_dependents(self, resource: str, owner: Object) -> None:
        for kind, obj in self._dependents(owner):
            kept = [each for each in obj["metadata"]["ownerReferences"] if each["uid"] != uid_of(owner)]
            await self.cluster.patch(kind, obj, {"metadata": {"ownerReferences": kept or None}})
        await self._let_go(resource, owner, ORPHAN)

    async def _let_go(self, resource: str, owner: Object, finalizer: str) -> None:
        kept = [each for each in owner["metadata"]["finalizers"] if each != finalizer]
        await self.cluster.patch(resource, owner, {"metadata": {"finalizers": kept or None}})


def _blocks(dependent: Object, owner: Object) -> bool:
    references = dependent["metadata"].get("ownerReferences") or ()
    return any(each["uid"] == uid_of(owner) and each.get("blockOwnerDeletion") for each in references)


def _key(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name
