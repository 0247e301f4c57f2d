"""Owner references: who controls an object, and how a controller marks what it makes."""

from sandbox.objects.kinds import Object, name_of, uid_of


def controller_of(obj: Object) -> Object | None:
    """The owner reference that has `controller: true`; None for bare objects."""
    references = obj["metadata"].get("ownerReferences") or ()
    return next((reference for reference in references if reference.get("controller")), None)


def is_controlled_by(obj: Object, owner: Object) -> bool:
    reference = controller_of(obj)
    return reference is not None and reference["uid"] == uid_of(owner)


def controller_reference(owner: Object, *, api_version: str, kind: str) -> Object:
    """What a controller writes into its dependents (list answers leave apiVersion and kind out of their items)."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }
