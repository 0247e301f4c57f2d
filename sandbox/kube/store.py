"""Objects under the rules of the API: what create, update and delete really do, whoever asks and by whatever road."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.kube import status, times
from sandbox.kube.admission import Admission
from sandbox.kube.decoding import typed
from sandbox.kube.defaults import apply_defaults
from sandbox.kube.definitions import establish, resource_of
from sandbox.kube.deletion import Deletion, DeleteOptions, plan_deletion
from sandbox.kube.resources import Catalogue, Resource
from sandbox.kube.selectors import fields as field_selector
from sandbox.kube.selectors import labels as label_selector
from sandbox.kube.storage import Object, Objects, Storage, Version
from sandbox.kube.validation import problems_of, problems_of_update

_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_OF_THE_SERVER = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace", "name")
_INITIAL_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


@dataclass(frozen=True, slots=True)
class Deleted:
    """`gone` is False where the object only waits: for its grace, or for its finalizers."""

    version: Version
    gone: bool


class Store:
    """Synchronous, and only ever used from one event loop: every call is a transaction.

    `get`, `list`, `create`, `update` and `delete` speak plain dicts, for seeding and judging; the others are the HTTP
    handlers'. Both obey the same rules.
    """

    def __init__(self) -> None:
        self.storage = Storage()
        self.catalogue = Catalogue()
        self.admission = Admission(self.storage, self.catalogue)
        for name in _INITIAL_NAMESPACES:
            self.create("namespaces", {"metadata": {"name": name}})

    # Plain dicts

    def get(self, plural: str, name: str, namespace: str = "") -> Object:
        return self.read(self.catalogue.named(plural), namespace, name).copy()

    def list(self, plural: str, namespace: str = "", *, labels: str = "", fields: str = "") -> Objects:
        resource = self.catalogue.named(plural)
        by_label, by_field = label_selector(labels), field_selector(fields, resource)
        found = self.storage.range(plural, namespace)
        return [each.copy() for each in found if by_label(each.object) and by_field(each.object)]

    def create(self, plural: str, obj: Object, namespace: str = "") -> Object:
        """Unlike a POST, keeps the status that comes along: a seeded node may be Ready from the start."""
        resource = self.catalogue.named(plural)
        given = typed(obj, resource)
        created = self.insert(resource, namespace or given["metadata"].get("namespace", ""), given)
        if obj.get("status"):
            state = obj["status"]
            name, where = created.object["metadata"]["name"], created.object["metadata"].get("namespace", "")
            created = self.change(resource, where, name, lambda old: {**old, "status": {**(old.get("status") or {}), **state}}, subresource="status")
        return created.copy()

    def update(self, plural: str, obj: Object) -> Object:
        """Replaces spec and status alike."""
        resource = self.catalogue.named(plural)
        given = typed(obj, resource)
        namespace, name = given["metadata"].get("namespace", ""), given["metadata"]["name"]
        updated = self.change(resource, namespace, name, lambda _: given)
        if "status" in resource.subresources and "status" in given:
            state = given["status"]
            updated = self.change(resource, namespace, name, lambda old: {**old, "status": state}, subresource="status")
        return updated.copy()

    def delete(self, plural: str, name: str, namespace: str = "", *, grace: int | None = None) -> None:
        """As DELETE does: `grace` None means the object's own."""
        self.remove(self.catalogue.named(plural), namespace, name, DeleteOptions(grace=grace))

    def compact(self) -> None:
        """Forget the history of all objects: watches from an older resourceVersion are answered 410."""
        self.storage.compact()

    # Under HTTP

    def read(self, resource: Resource, namespace: str, name: str) -> Version:
        found = self.storage.get(resource.plural, (namespace if resource.namespaced else "", name))
        if found is None:
            raise status.not_found(resource, name)
        return found

    def insert(self, resource: Resource, namespace: str, given: Object, *, dry_run: bool = False) -> Version:
        obj = {**given, "metadata": dict(given["metadata"])}
        metadata = obj["metadata"]
        self._place(resource, namespace, metadata)
        if metadata.get("resourceVersion"):
            raise status.StatusError(
                code=500, reason="InternalError", message="resourceVersion should not be set on objects to be created",
            )
        for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"):
            metadata.pop(key, None)
        metadata.update(uid=str(uuid4()), creationTimestamp=times.seconds(times.now()))
        if resource.counts_generations or resource.schema:
            metadata["generation"] = 1
        if "status" in resource.subresources and resource.plural != "nodes":  # a kubelet registers with its status
            obj.pop("status", None)
        obj = self._complete(obj, resource)
        name, key = metadata.get("name", ""), (metadata.get("namespace", ""), metadata.get("name", ""))
        if resource.namespaced:
            self.admission.namespace_takes(resource, namespace, name)
        if resource.plural == "pods" and not problems_of(obj, resource):
            self.admission.admit_pod(obj, resource)
        if causes := problems_of(obj, resource):
            raise status.invalid(resource.kind, resource.group, name, causes)
        if self.storage.get(resource.plural, key):
            raise status.already_exists(resource, name)
        defined = resource_of(obj) if resource.plural == "customresourcedefinitions" else None
        if dry_run:
            return Version(obj, self.storage.revision)
        if defined:
            self.catalogue.add(defined)
        return self.storage.put(resource.plural, key, obj)

    def change(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        make: Callable[[Object], Object],
        *,
        subresource: str = "",
        dry_run: bool = False,
        must_be_conditional: bool = False,
    ) -> Version:
        """Replace the object by what `make` makes of a copy of it, as far as this subresource may change it."""
        current = self.read(resource, namespace, name)
        old = current.object
        new = make(current.copy())
        metadata = dict(new["metadata"])
        self._check_preconditions(resource, name, old["metadata"], metadata, must_be_conditional=must_be_conditional)
        for key in (*_OF_THE_SERVER, "resourceVersion"):
            metadata.pop(key, None)
            if key in old["metadata"]:
                metadata[key] = old["metadata"][key]
        metadata = {key: value for key, value in metadata.items() if value not in (None, {}, []) and key != "managedFields"}
        new = _within_its_rights({**new, "metadata": metadata}, old, resource, subresource)
        new = self._complete(new, resource)
        causes = problems_of(new, resource) + problems_of_update(new, old, resource)
        if causes:
            raise status.invalid(resource.kind, resource.group, name, causes)
        if new == old:
            return current
        if _counts(new, old, resource, subresource):
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
        if dry_run:
            return Version(new, current.revision)
        return self._commit(resource, namespace, name, new)

    def remove(
        self, resource: Resource, namespace: str, name: str, options: DeleteOptions, *, dry_run: bool = False
    ) -> Deleted:
        current = self.read(resource, namespace, name)
        deletion = plan_deletion(current.object, resource, options, now=times.now())
        if dry_run:
            return Deleted(current, gone=deletion is Deletion.AT_ONCE)
        if deletion is Deletion.AT_ONCE:
            return Deleted(self._forget(resource, namespace, name), gone=True)
        if deletion is Deletion.UNDER_WAY:
            return Deleted(current, gone=False)
        return Deleted(self._commit(resource, namespace, name, deletion), gone=False)

    def _place(self, resource: Resource, namespace: str, metadata: dict[str, Any]) -> None:
        if resource.namespaced:
            if metadata.get("namespace") and metadata["namespace"] != namespace:
                raise status.bad_request("the namespace of the provided object does not match the namespace sent on the request")
            metadata["namespace"] = namespace
        elif metadata.pop("namespace", None):
            raise status.bad_request("namespace may not be set on a cluster-scoped object")
        if not metadata.get("name") and metadata.get("generateName"):
            suffix = "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(5))
            metadata["name"] = metadata["generateName"][: 63 - len(suffix)] + suffix

    @staticmethod
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

    @staticmethod
    def _check_preconditions(
        resource: Resource, name: str, old: dict[str, Any], new: dict[str, Any], *, must_be_conditional: bool
    ) -> None:
        if new.get("uid") and new["uid"] != old["uid"]:
            why = f"Precondition failed: UID in precondition: {new['uid']}, UID in object meta: {old['uid']}"
            raise status.conflict(resource, name, why)
        version = new.get("resourceVersion")
        if version and version != old["resourceVersion"]:
            raise status.modified(resource, name)
        if not version and must_be_conditional:
            missing = status.Cause(
                reason="FieldValueInvalid",
                message="Invalid value: 0x0: must be specified for an update",
                field="metadata.resourceVersion",
            )
            raise status.invalid(resource.plural, resource.group, name, [missing])

    def _commit(self, resource: Resource, namespace: str, name: str, new: Object) -> Version:
        """Write; an object that waited for nothing but its last finalizer goes."""
        key = (namespace if resource.namespaced else "", name)
        version = self.storage.put(resource.plural, key, new)
        metadata = new["metadata"]
        waits = metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds")
        if metadata.get("deletionTimestamp") and not waits and resource.plural != "namespaces":
            return self._forget(resource, namespace, name)
        if resource.plural == "customresourcedefinitions":
            self.catalogue.add(resource_of(new))
        return version

    def _forget(self, resource: Resource, namespace: str, name: str) -> Version:
        last = self.storage.remove(resource.plural, (namespace if resource.namespaced else "", name))
        if resource.plural == "customresourcedefinitions":
            gone = resource_of(last.object)
            for each in self.storage.range(gone.plural):
                self.storage.remove(gone.plural, (each.object["metadata"].get("namespace", ""), each.object["metadata"]["name"]))
            self.catalogue.remove(gone.group, gone.plural)
        return last


def _within_its_rights(new: Object, old: Object, resource: Resource, subresource: str) -> Object:
    """The main resource does not change the status, the status subresource nothing else."""
    if "status" not in resource.subresources:
        return new
    if subresource != "status":
        kept = {key: value for key, value in new.items() if key != "status"}
        return {**kept, "status": old["status"]} if "status" in old else kept
    allowed = {**old, "status": new.get("status") or {}}
    if resource.plural in {"pods", "nodes", "namespaces"}:  # theirs may carry labels and annotations along
        allowed["metadata"] = new["metadata"]
    return allowed


def _counts(new: Object, old: Object, resource: Resource, subresource: str) -> bool:
    if subresource == "status" or not (resource.counts_generations or resource.schema):
        return False
    if resource.schema:
        return any(new.get(key) != old.get(key) for key in {*new, *old} - {"metadata", "status"})
    return new.get("spec") != old.get("spec")
