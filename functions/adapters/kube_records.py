"""The refresh's records as JSON and back: field for field, in camelCase, by the records' own types.

What is empty is left out, and read back as the record's default. Fields that this version does not know are ignored.
"""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from functions.adapters import kube_times
from functions.errors import BadInput
from functions.model.names import ClusterKey, ImageRef, Repository
from functions.model.refresh import Condition, Mark, RefreshSpec, RefreshStatus, Slot

T = TypeVar("T")

_RENAMED: Mapping[tuple[type, str], str] = {(Condition, "since"): "lastTransitionTime"}
_AS_TEXT: Mapping[type, Callable[[str], Any]] = {
    ClusterKey: ClusterKey.parse,
    Repository: Repository.from_resource,
    ImageRef: ImageRef.parse,
}


class Unreadable(ValueError):
    """A field holds what this version does not understand; the message begins with the field's path."""


def encode(record: Any) -> dict[str, Any]:
    """A record as a JSON object."""
    written = {name: _written(getattr(record, field)) for field, (name, _) in _SHAPES[type(record)].items()}
    if isinstance(record, Condition):
        written["status"] = str(record.status)  # Kubernetes' conditions know "True", "False" and "Unknown"
    return {name: value for name, value in written.items() if value not in (None, "", [])}


def decode(kind: type[T], found: Mapping[str, Any], path: str) -> T:
    """Read a record; `path` is where it stands in its object. Raises Unreadable."""
    values = {}
    for field, (name, hint) in _SHAPES[kind].items():
        if found.get(name) is not None:
            try:
                values[field] = _read(hint, found[name], f"{path}.{name}")
            except Unreadable:
                raise
            except (ValueError, TypeError, AttributeError, BadInput) as error:
                raise Unreadable(f"{path}.{name}: {found[name]!r}: {error}") from error
    if kind is Condition:
        values["status"] = found.get("status") == "True"
    return kind(**values)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return kube_times.micro(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    if type(value) in _AS_TEXT:
        return str(value)
    return encode(value) if is_dataclass(value) else value


def _read(hint: Any, value: Any, path: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not types.NoneType)
    if get_origin(hint) is tuple:
        each = get_args(hint)[0]
        return tuple(_read(each, item, f"{path}[{index}]") for index, item in enumerate(value))
    if hint in _AS_TEXT:
        return _AS_TEXT[hint](value)
    if hint is datetime:
        return kube_times.parse(value)
    return decode(hint, value, path) if isinstance(hint, type) and is_dataclass(hint) else hint(value)


def _shape(kind: type) -> dict[str, tuple[str, Any]]:
    """Every field of a record: what it is called in JSON, and its type."""
    hints = get_type_hints(kind)
    return {
        field.name: (
            _RENAMED.get((kind, field.name)) or re.sub(r"_(\w)", lambda found: found[1].upper(), field.name),
            hints[field.name],
        )
        for field in fields(kind)
    }


_SHAPES: dict[Any, dict[str, tuple[str, Any]]] = {
    kind: _shape(kind) for kind in (RefreshSpec, RefreshStatus, Slot, Mark, Condition)
}
