"""CustomResourceDefinitions: what a definition says about the resource that it defines."""

from datetime import datetime
from typing import Any

from sandbox.kube import times
from sandbox.kube.resources import Column, Resource
from sandbox.kube.schema import IMMUTABLE, RULES, Schema, mentions
from sandbox.kube.status import not_modelled

Object = dict[str, Any]


def resource_of(definition: Object) -> Resource:
    """The resource as it is served. One served version is modelled, and of CEL the rule that a property stays."""
    spec = definition["spec"]
    served = [each for each in spec["versions"] if each.get("served")]
    if len(served) != 1:
        raise not_modelled("custom resources with several served versions")
    version, names = served[0], spec["names"]
    openapi = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    if mentions(_beside_immutability(openapi), RULES):
        raise not_modelled(f"{RULES} (CEL) other than {IMMUTABLE!r} of a property, with a message")
    columns = version.get("additionalPrinterColumns")
    return Resource(
        group=spec["group"],
        version=version["name"],
        plural=names["plural"],
        kind=names["kind"],
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=frozenset(version.get("subresources") or {}),
        counts_generations=True,
        unconditional_update=False,
        schema=Schema(openapi),
        columns=tuple(
            Column(
                name=each["name"],
                type=each["type"],
                path=each["jsonPath"],
                description=each.get("description", ""),
                priority=each.get("priority", 0),
            )
            for each in columns
        )
        if columns
        else None,
    )


def establish(definition: Object, *, now: datetime) -> None:
    """Complete its names and say at once that it is served; the real server takes up to two seconds for that."""
    spec = definition.get("spec") or {}
    names = spec.get("names") or {}
    if not names.get("kind") or not names.get("plural"):
        return
    names.setdefault("listKind", f"{names['kind']}List")
    names.setdefault("singular", names["kind"].lower())
    spec.setdefault("conversion", {"strategy": "None"})
    if (definition.get("status") or {}).get("conditions"):
        return
    since = times.seconds(now)
    conditions = [
        {"type": "NamesAccepted", "status": "True", "lastTransitionTime": since, "reason": "NoConflicts",
         "message": "no conflicts found"},
        {"type": "Established", "status": "True", "lastTransitionTime": since, "reason": "InitialNamesAccepted",
         "message": "the initial names have been accepted"},
    ]  # fmt: skip
    stored = [each["name"] for each in spec.get("versions") or [] if each.get("storage")]
    definition["status"] = {"conditions": conditions, "acceptedNames": names, "storedVersions": stored}


def _beside_immutability(schema: Object) -> Object:
    """The schema without the rules that are modelled."""
    properties = {}
    for name, known in schema.get("properties", {}).items():
        properties[name] = _beside_immutability(known)
        if all(rule.get("rule") == IMMUTABLE and rule.keys() == {"rule", "message"} for rule in known.get(RULES, ())):
            properties[name].pop(RULES, None)
    return {**schema, "properties": properties}
