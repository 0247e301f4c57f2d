"""Objects under the rules of the API: what a create, a change and a delete really do, by whatever road they come."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from sandbox.kube import problems, status, times
from sandbox.kube.admission import Admission
from sandbox.kube.defaults import apply_defaults
from sandbox.kube.definitions import establish, resource_of
from sandbox.kube.deletion import DeleteOptions, Deletion, marked, plan_deletion
from sandbox.kube.resources import Catalogue, Resource
from sandbox.kube.storage import Key, Object, Storage, Version
from sandbox.kube.validation import problems_of, problems_of_update

_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_FIXED = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)


@dataclass(frozen=True, slots=True)
class Deleted:
    """`gone` is False where the object only waits: for its grace, or for its finalizers."""

    version: Version
    gone: bool


class Objects:
    """Synchronous, and only ever used from one event loop: every call is a transaction."""

    def __init__(self) -> None:
        self.storage = Storage()
        self.catalogue = Catalogue()
        self.admission = Admission(self.storage, self.catalogue)

    def read(self, resource: Resource, namespace: str, name: str) -> Version:
        """404 where there is none."""
        found = self.storage.get(resource.plural, _key(resource, namespace, name))
        if found is None:
            raise status.not_found(resource, name)
        return found

    def insert(self, resource: Resource, namespace: str, given: Object, *, dry_run: bool = False) -> Version:
        """Store a new object; 409 where its name is taken."""
        obj = _newborn(resource, namespace, given)
        name = obj["metadata"].get("name", "")
        obj = _complete(obj, resource)
        self.admission.admit(obj, resource)
        if causes := problems_of(obj, resource):
            raise status.invalid(resource.kind, resource.group, name, causes)
        key = _key(resource, namespace, name)
        if self.storage.get(resource.plural, key):
            raise status.already_exists(resource, name)
        if dry_run:
            return Version(obj, self.storage.revision)
        return self._put(resource, key, obj)

    def change(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        make: Callable[[Object], Object],
        *,
        subresource: str = "",
        dry_run: bool = False,
        conditional: bool = False,
    ) -> Version:
        """Replace the object by what `make` makes of a copy of it, as far as this subresource may change it.

        A resourceVersion or uid that `make` leaves in it is a precondition; with `conditional` there must be one. What
        changes nothing is not written.
        """
        current = self.read(resource, namespace, name)
        old, made = current.object, make(current.copy())
        _check_namespace(resource, made["metadata"], namespace)
        _check_preconditions(resource, old, made, conditional=conditional)
        new = _complete(_within_its_rights(made, old, resource, subresource), resource)
        causes = [*_problems_of_a_mark(made, old), *problems_of(new, resource), *problems_of_update(new, old, resource)]
        if causes:
            raise status.invalid(resource.kind, resource.group, name, causes)
        if new == old:
            return current
        if _is_another_generation(new, old, resource):
            new["metadata"]["generation"] = old["metadata"]["generation"] + 1
        return Version(new, current.revision) if dry_run else self._commit(resource, namespace, name, new)

    def remove(
        self, resource: Resource, namespace: str, name: str, options: DeleteOptions, *, dry_run: bool = False
    ) -> Deleted:
        """Delete at once, or mark for deletion; 404 where there is nothing, 409 where a precondition fails."""
        current = self.read(resource, namespace, name)
        deletion = plan_deletion(current.object, resource, options, now=times.now())
        if dry_run or deletion is Deletion.UNDER_WAY:
            return Deleted(current, gone=deletion is Deletion.AT_ONCE)
        if deletion is Deletion.AT_ONCE:
            if resource.plural == "pods":  # whoever watches sees it marked first, as from the real server
                self._put(resource, _key(resource, namespace, name), marked(current.object, [], 0, times.now()))
            return Deleted(self._forget(resource, namespace, name), gone=True)
        return Deleted(self._commit(resource, namespace, name, deletion), gone=False)

    def _put(self, resource: Resource, key: Key, obj: Object) -> Version:
        if resource.plural == "customresourcedefinitions":
            self.catalogue.add(resource_of(obj))
        return self.storage.put(resource.plural, key, obj)

    def _commit(self, resource: Resource, namespace: str, name: str, new: Object) -> Version:
        """Write; an object that waited for nothing but its last finalizer goes."""
        version = self._put(resource, _key(resource, namespace, name), new)
        metadata = new["metadata"]
        waits = metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds") or _is_full(new, resource)
        if metadata.get("deletionTimestamp") and not waits:
            return self._forget(resource, namespace, name)
        return version

    def _forget(self, resource: Resource, namespace: str, name: str) -> Version:
        last = self.storage.remove(resource.plural, _key(resource, namespace, name))
        if resource.plural == "customresourcedefinitions":
            defined = resource_of(last.object)
            for each in self.storage.range(defined.plural):
                metadata = each.object["metadata"]
                self.storage.remove(defined.plural, (metadata.get("namespace", ""), metadata["name"]))
            self.catalogue.remove(defined.group, defined.plural)
        return last


def _key(resource: Resource, namespace: str, name: str) -> Key:
    return (namespace if resource.namespaced else "", name)


def _newborn(resource: Resource, namespace: str, given: Object) -> Object:
    """With the metadata that only the server gives, and without the status that is not its creator's to give."""
    metadata = {key: value for key, value in given["metadata"].items() if key not in _FIXED[2:]}
    if given["metadata"].get("resourceVersion"):
        message = "resourceVersion should not be set on objects to be created"
        raise status.StatusError(code=500, reason="", message=message)
    _check_namespace(resource, metadata, namespace)
    metadata.pop("namespace", None)
    if resource.namespaced:
        metadata["namespace"] = namespace
    if not metadata.get("name") and metadata.get("generateName"):
        suffix = "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(5))
        metadata["name"] = metadata["generateName"][: 63 - len(suffix)] + suffix
    metadata |= {"uid": str(uuid4()), "creationTimestamp": times.seconds(times.now())}
    if resource.counts_generations:
        metadata["generation"] = 1
    born = {**given, "metadata": metadata}
    if "status" in resource.subresources and resource.plural != "nodes":  # a kubelet registers with its status
        born.pop("status", None)
    return born


def _complete(obj: Object, resource: Resource) -> Object:
    """With the defaults of its kind, and without what a custom resource's schema does not know."""
    if resource.schema:
        obj = resource.schema.prune(obj)
        resource.schema.default(obj)
    else:
        apply_defaults(obj)
    if resource.plural == "customresourcedefinitions":
        establish(obj, now=times.now())
    return obj


def _problems_of_a_mark(made: Object, old: Object) -> Iterator[status.Cause]:
    """Only a DELETE marks for deletion, and nobody takes the mark back."""
    field = "deletionTimestamp"
    asked = made["metadata"].get(field)
    if asked and asked != old["metadata"].get(field):
        yield problems.invalid(f"metadata.{field}", asked, "field is immutable")


def _check_namespace(resource: Resource, metadata: Object, namespace: str) -> None:
    """An object that names another namespace than the request is 400."""
    if resource.namespaced and (metadata.get("namespace") or namespace) != namespace:
        message = "the namespace of the provided object does not match the namespace sent on the request"
        raise status.bad_request(message)


def _check_preconditions(resource: Resource, old: Object, made: Object, *, conditional: bool) -> None:
    name, before, asked = old["metadata"]["name"], old["metadata"], made["metadata"]
    if asked.get("uid") and asked["uid"] != before["uid"]:
        why = f"Precondition failed: UID in precondition: {asked['uid']}, UID in object meta: {before['uid']}"
        raise status.conflict(resource, name, why)
    if asked.get("resourceVersion") not in _NO_VERSION:
        if asked["resourceVersion"] != before["resourceVersion"]:
            raise status.modified(resource, name)
    elif conditional:
        message = "Invalid value: 0: must be specified for an update"
        cause = status.Cause(reason="FieldValueInvalid", message=message, field="metadata.resourceVersion")
        raise status.invalid(resource.plural, resource.group, name, [cause])


def _within_its_rights(made: Object, old: Object, resource: Resource, subresource: str) -> Object:
    """The main resource does not change the status, the status subresource nothing else; nobody the server's own."""
    fixed = {key: old["metadata"][key] for key in _FIXED if key in old["metadata"]}
    given = {key: value for key, value in made["metadata"].items() if key not in _FIXED and value not in _EMPTY}
    new = {**made, "metadata": {**given, **fixed}}
    if resource.plural == "namespaces":
        kept = (made if subresource == "finalize" else old).get("spec") or {}
        spec = {**(new.get("spec") or {}), "finalizers": kept.get("finalizers") or []}
        new = {**(old if subresource == "finalize" else new), "spec": spec}
    if "status" not in resource.subresources:
        return new
    owner = made if subresource == "status" else old
    rest = old if subresource == "status" else new
    allowed = {key: value for key, value in rest.items() if key != "status"}
    if subresource == "status" and resource.plural in {"pods", "nodes"}:  # theirs may carry labels and annotations
        allowed["metadata"] = new["metadata"]
    return {**allowed, "status": owner["status"]} if "status" in owner else allowed


_NO_VERSION = frozenset({None, "", "0"})
"""Of a write that overwrites whatever is there."""


def _is_full(obj: Object, resource: Resource) -> bool:
    """A namespace keeps a finalizer in its spec until its controller has emptied it."""
    return resource.plural == "namespaces" and bool(obj["spec"].get("finalizers"))


_EMPTY: tuple[object, ...] = (None, "", {}, [])


def _is_another_generation(new: Object, old: Object, resource: Resource) -> bool:
    """A custom object's is another with every change outside metadata and status, a built-in one's with its spec."""
    if not resource.counts_generations:
        return False
    parts = {*new, *old} - {"metadata", "status"} if resource.schema else {"spec"}
    return any(new.get(part) != old.get(part) for part in parts)
