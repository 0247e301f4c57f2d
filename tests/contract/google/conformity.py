"""What a value has that its schema of a discovery document does not know."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.contract.google.discovery import Schema

Schemas = Mapping[str, Schema]


def problems(value: Any, schema: Schema, schemas: Schemas, where: str = "") -> Iterator[str]:
    """One sentence for each."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema["type"]
    if kind == "object" and isinstance(value, dict):
        yield from _of_object(value, schema, schemas, where)
    elif kind == "array" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from problems(item, schema["items"], schemas, f"{where}[{number}]")
    elif type(value) in _SCALARS.get(kind, ()):
        yield from _of_scalar(value, schema, where)
    elif kind != "any":
        yield f"{where or 'the body'} is {value!r}, and should be of type {kind}"


def _of_object(value: dict[str, Any], schema: Schema, schemas: Schemas, where: str) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for key, inner in value.items():
        known = properties.get(key, others)
        if known is None:
            yield f"{where or 'the body'} has no field {key!r} in {schema.get('id', 'its schema')}"
        else:
            yield from problems(inner, known, schemas, f"{where}.{key}".lstrip("."))


def _of_scalar(value: Any, schema: Schema, where: str) -> Iterator[str]:
    enum, pattern, form = schema.get("enum"), schema.get("pattern"), schema.get("format", "")
    if enum and value not in enum:
        yield f"{where} is {value!r}, which is none of {', '.join(enum)}"
    if pattern and not re.fullmatch(pattern, str(value)):
        yield f"{where} is {value!r}, which does not match {pattern}"
    if not _FORMS.get(form, lambda _: True)(value):
        yield f"{where} is {value!r}, which is no {form}"


_SCALARS: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
}


def _like(pattern: str) -> Callable[[Any], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"
_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "byte": _like(r"(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?"),
    "date-time": _like(_TIME),
    "google-datetime": _like(_TIME),
    "int32": lambda number: -(2**31) <= number < 2**31,
    "uint32": lambda number: 0 <= number < 2**32,
    # 64 bits travel as text, since a JavaScript number would lose some
    "int64": _like(r"-?\d{1,19}"),
    "uint64": _like(r"\d{1,20}"),
}
