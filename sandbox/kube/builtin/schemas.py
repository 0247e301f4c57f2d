"""The built-in kinds as OpenAPI v3 schemas, as far as their fields and types go: nothing is described or enumerated."""

from collections.abc import Iterator
from typing import Any

from sandbox.kube.builtin.types import KINDS, LIST, MAP, TYPES, shown

Schema = dict[str, Any]
_SCALARS: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "datetime": {"type": "string", "format": "date-time"},
    "object": {},  # anything: a number or a string, or a document of its own
}


def component(kind: str) -> str:
    """The name of a kind's schema in a document's components."""
    return _name(KINDS[kind])


def components(kinds: set[str]) -> dict[str, Schema]:
    """The schemas of these kinds, and of all that they are made of."""
    found: dict[str, Schema] = {}
    waiting = [KINDS[kind] for kind in kinds]
    while waiting:
        name = waiting.pop()
        if _name(name) not in found:
            properties = {field: _schema(kind) for field, kind in TYPES[name].items()}
            found[_name(name)] = {"type": "object", "properties": properties}
            waiting += [each for kind in TYPES[name].values() for each in _structs(kind)]
    return dict(sorted(found.items()))


def _schema(kind: str) -> Schema:
    if inner := LIST.match(kind):
        return {"type": "array", "items": _schema(inner[1])}
    if inner := MAP.match(kind):
        return {"type": "object", "additionalProperties": _schema(inner[1])}
    if kind in _SCALARS:
        return _SCALARS[kind]
    return {"allOf": [{"$ref": f"#/components/schemas/{_name(kind)}"}]}


def _structs(kind: str) -> Iterator[str]:
    """Those that a field's type is made of."""
    if inner := LIST.match(kind) or MAP.match(kind):
        yield from _structs(inner[1])
    elif kind not in _SCALARS:
        yield kind


def _name(type_name: str) -> str:
    """What comes after the last dot is what kubectl shows."""
    return f"io.k8s.{type_name}.{shown(type_name)}"
