"""The API server's objects as plain dicts, for whoever lives in the same process: seeding, judging, looking on."""

from sandbox.kube.decoding import typed
from sandbox.kube.deletion import DeleteOptions
from sandbox.kube.objects import Objects as Rules
from sandbox.kube.selectors import fields as field_selector
from sandbox.kube.selectors import labels as label_selector
from sandbox.kube.storage import Object, Objects

_INITIAL_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class Store:
    """Synchronous, for the event loop's own thread. Resources are named by their plural.

    The same rules hold as over HTTP, and refusals are the same StatusErrors; only who asks is not written down.
    """

    def __init__(self) -> None:
        self.rules = Rules()
        for name in _INITIAL_NAMESPACES:
            self.create("namespaces", {"metadata": {"name": name}})

    def get(self, plural: str, name: str, namespace: str = "") -> Object:
        """A copy; raises StatusError 404 where there is none."""
        return self.rules.read(self.rules.catalogue.named(plural), namespace, name).copy()

    def list(self, plural: str, namespace: str = "", *, labels: str = "", fields: str = "") -> Objects:
        """Copies of all that match; of all namespaces where none is given."""
        resource = self.rules.catalogue.named(plural)
        by_label, by_field = label_selector(labels), field_selector(fields, resource)
        found = self.rules.storage.range(plural, namespace)
        return [each.copy() for each in found if by_label(each.object) and by_field(each.object)]

    def create(self, plural: str, obj: Object, namespace: str = "") -> Object:
        """Unlike a POST, keeps the status that comes along: a seeded node may be Ready from the start."""
        resource = self.rules.catalogue.named(plural)
        given = typed(obj, resource)
        where = namespace or given["metadata"].get("namespace", "")
        created = self.rules.insert(resource, where, given)
        state = given.get("status")
        if state and "status" in resource.subresources:

            def with_status(newborn: Object) -> Object:
                return {**newborn, "status": {**(newborn.get("status") or {}), **state}}

            name = created.object["metadata"]["name"]
            created = self.rules.change(resource, where, name, with_status, subresource="status")
        return created.copy()

    def update(self, plural: str, obj: Object) -> Object:
        """Replaces spec and status alike."""
        resource = self.rules.catalogue.named(plural)
        given = typed(obj, resource)
        namespace, name = given["metadata"].get("namespace", ""), given["metadata"]["name"]
        updated = self.rules.change(resource, namespace, name, lambda _: given)
        if "status" in resource.subresources and "status" in given:
            state = given["status"]
            updated = self.rules.change(
                resource, namespace, name, lambda old: {**old, "status": state}, subresource="status"
            )
        return updated.copy()

    def delete(self, plural: str, name: str, namespace: str = "", *, grace: int | None = None) -> None:
        """As DELETE does: `grace` None means the object's own."""
        self.rules.remove(self.rules.catalogue.named(plural), namespace, name, DeleteOptions(grace=grace))

    def compact(self) -> None:
        """Forget the history of all objects: watches from an older resourceVersion are answered 410."""
        self.rules.storage.compact()
