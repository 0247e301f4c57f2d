"""Decodes an object of a built-in kind as Go's decoder does: unknown fields vanish, a wrong type is an error."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sandbox.kube import times
from sandbox.kube.builtin.types import KINDS, LIST, MAP, TYPES, shown
from sandbox.objects.quantities import amount

_MICRO_TIMES = frozenset({"acquireTime", "eventTime", "lastObservedTime", "renewTime"})
_NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_QUANTITIES = frozenset({"allocatable", "capacity", "limits", "overhead", "requests"})

Decoder = Callable[[Any, str], Any]  # of a value, at a path


class Undecodable(Exception):
    """The message is what Go's decoder would say."""


class _Mismatch(Exception):
    """A value of a wrong type; the struct around it knows where that is."""

    def __init__(self, found: str, go_type: str) -> None:
        super().__init__(found, go_type)
        self.found = found
        self.go_type = go_type


def decode(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    """What the API server is left with. Null counts as absent."""
    return _decoded(obj, KINDS[kind])


def decode_metadata(metadata: Any) -> dict[str, Any]:
    """The metadata of a custom object; the rest of it is its schema's business."""
    return _decoded(metadata, "V1ObjectMeta")


def _decoded(value: Any, type_name: str) -> dict[str, Any]:
    try:
        decoded: dict[str, Any] = _struct(type_name)(value, "")
    except _Mismatch as error:
        raise Undecodable(f"json: cannot unmarshal {error.found} into Go value of type {error.go_type}") from None
    return decoded


@cache
def _struct(type_name: str) -> Decoder:
    fields = {name: _decoder(kind, name) for name, kind in TYPES[type_name].items()}
    name_in_go = shown(type_name)

    def decode_struct(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise _mismatch(value, f"v1.{name_in_go}")
        decoded = {}
        for name, each in value.items():
            if each is not None and name in fields:
                here = f"{path}.{name}" if path else name
                try:
                    decoded[name] = fields[name](each, here)
                except _Mismatch as error:
                    where = f"into Go struct field {name_in_go}.{here} of type {error.go_type}"
                    raise Undecodable(f"json: cannot unmarshal {error.found} {where}") from None
        return decoded

    return decode_struct


def _decoder(kind: str, name: str) -> Decoder:
    if inner := LIST.match(kind):
        return _list(_single(inner[1], name))
    if inner := MAP.match(kind):
        return _map(_quantity if name in _QUANTITIES else _single(inner[1], name))
    return _single(kind, name)


def _single(kind: str, name: str) -> Decoder:
    scalars: dict[str, Decoder] = {
        "str": _scalar(str, "string"),
        "int": _scalar(int, "int64"),
        "float": _scalar((int, float), "float64"),
        "bool": _scalar(bool, "bool"),
        "bytes": _scalar(str, "[]uint8"),
        "datetime": _micro_time if name in _MICRO_TIMES else _time,
        "object": lambda value, _: value,
    }
    if kind in scalars:
        return scalars[kind]
    if LIST.match(kind) or MAP.match(kind):
        return _decoder(kind, name)
    return _Later(kind)


class _Later:
    """A struct's decoder is built when it is met: types may contain themselves."""

    def __init__(self, type_name: str) -> None:
        self._type_name = type_name

    def __call__(self, value: Any, path: str) -> Any:
        return _struct(self._type_name)(value, path)


def _list(item: Decoder) -> Decoder:
    def decode_list(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise _mismatch(value, "[]")
        return [item({} if each is None else each, path) for each in value]

    return decode_list


def _map(item: Decoder) -> Decoder:
    def decode_map(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise _mismatch(value, "map[string]string")
        return {key: "" if each is None else item(each, path) for key, each in value.items()}

    return decode_map


def _scalar(wanted: type | tuple[type, ...], go_type: str) -> Decoder:
    def decode_scalar(value: Any, _: str) -> Any:
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise _mismatch(value, go_type)
        return value

    return decode_scalar


def _quantity(value: Any, _: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _mismatch(value, "resource.Quantity")
    try:
        amount(value)
    except ValueError:
        raise Undecodable(_NO_QUANTITY) from None
    return str(value)


def _time(value: Any, _: str) -> str:
    if not isinstance(value, str) or not times.is_rfc3339(value):
        raise _unreadable_time(value, "2006-01-02T15:04:05Z07:00")
    return times.seconds(times.parse(value))


def _micro_time(value: Any, _: str) -> str:
    if not isinstance(value, str) or not times.is_micro_time(value):
        raise _unreadable_time(value, "2006-01-02T15:04:05.000000Z07:00")
    return times.microseconds(times.parse(value))


def _unreadable_time(value: Any, layout: str) -> Undecodable:
    return Undecodable(f'parsing time "{value}" as "{layout}": cannot parse "{value}"')


def _mismatch(value: Any, go_type: str) -> _Mismatch:
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return _Mismatch(names.get(type(value), "null"), go_type)
