"""The structural schema of a custom resource: prune what it does not know, fill in defaults, name what is wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from sandbox.kube.times import is_rfc3339

_MISSING = re.compile(r"'(.+)' is a required property")  # one error for each
_FORMATS = FormatChecker(formats=())
RULES, IMMUTABLE = "x-kubernetes-validations", "self == oldSelf"
"""Where a schema has its rules in CEL, and the one rule that is modelled."""


@_FORMATS.checks("date-time")
def _date_time(value: object) -> bool:
    return not isinstance(value, str) or is_rfc3339(value)


@dataclass(frozen=True, slots=True)
class Violation:
    """`rule` is the schema's keyword: required, type, enum, pattern, …"""

    path: str
    rule: str
    value: Any
    wanted: Any


@dataclass(frozen=True)
class Schema:
    """What `openAPIV3Schema` says about an object without its apiVersion, kind and metadata."""

    openapi: dict[str, Any]

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return Draft202012Validator(_as_json_schema(self.openapi), format_checker=_FORMATS)

    def prune(self, obj: dict[str, Any]) -> dict[str, Any]:
        """Without nulls, and without the fields that the schema does not name. Nobody is told of it."""
        envelope: dict[str, Any] = {key: obj[key] for key in ("apiVersion", "kind", "metadata") if key in obj}
        pruned: dict[str, Any] = _prune({key: value for key, value in obj.items() if key not in envelope}, self.openapi)
        return {**envelope, **pruned}

    def default(self, obj: dict[str, Any]) -> None:
        """Fill in, in place, what is absent and has a default."""
        _default(obj, self.openapi)

    def violations(self, obj: dict[str, Any]) -> Iterator[Violation]:
        body = {key: value for key, value in obj.items() if key != "metadata"}
        for error in sorted(self._validator.iter_errors(body), key=lambda each: list(map(str, each.absolute_path))):
            yield _violation(error)
        yield from _duplicates(body, self.openapi, "")

    def changes(self, new: dict[str, Any], old: dict[str, Any]) -> Iterator[Violation]:
        """What an update changes although a rule says that it stays as it is."""
        yield from _changes(new, old, self.openapi, "")

    @cached_property
    def has_rules(self) -> bool:
        return mentions(self.openapi, RULES)


def mentions(schema: Any, key: str) -> bool:
    """Anywhere in it."""
    if isinstance(schema, dict):
        return key in schema or any(mentions(each, key) for each in schema.values())
    return isinstance(schema, list) and any(mentions(each, key) for each in schema)


def _changes(new: Any, old: Any, schema: dict[str, Any], path: str) -> Iterator[Violation]:
    if isinstance(new, dict) and isinstance(old, dict):
        for key, known in schema.get("properties", {}).items():
            if key in new and key in old:
                below = f"{path}.{key}".lstrip(".")
                if new[key] != old[key]:
                    yield from (Violation(below, "rule", new[key], rule["message"]) for rule in known.get(RULES, ()))
                yield from _changes(new[key], old[key], known, below)


def _prune(value: Any, schema: dict[str, Any]) -> Any:
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_prune(each, items) for each in value]
    if not isinstance(value, dict) or schema.get("x-kubernetes-preserve-unknown-fields"):
        return value
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    pruned = {}
    for key, each in value.items():
        if key in known and (each is not None or known[key].get("nullable")):
            pruned[key] = _prune(each, known[key])
        elif key not in known and others:
            pruned[key] = _prune(each, others) if isinstance(others, dict) else each
    return pruned


def _default(value: Any, schema: dict[str, Any]) -> None:
    if isinstance(value, list):
        for each in value:
            _default(each, schema.get("items", {}))
    elif isinstance(value, dict):
        for key, known in schema.get("properties", {}).items():
            if "default" in known and value.get(key) is None and not (key in value and known.get("nullable")):
                value[key] = known["default"]
            if key in value:
                _default(value[key], known)


def _as_json_schema(openapi: Any) -> Any:
    """OpenAPI's dialect in JSON Schema's words."""
    if isinstance(openapi, list):
        return [_as_json_schema(each) for each in openapi]
    if not isinstance(openapi, dict):
        return openapi
    schema = {
        key: {name: _as_json_schema(each) for name, each in value.items()}
        if key == "properties"
        else value
        if key in {"enum", "default", "required"}
        else _as_json_schema(value)
        for key, value in openapi.items()
        if not key.startswith("x-") and key not in {"nullable", "description"}
    }
    if openapi.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
    if openapi.get("nullable") and "type" in openapi:
        schema["type"] = [openapi["type"], "null"]
    return schema


def _violation(error: ValidationError) -> Violation:
    path = _path(error.absolute_path)
    if error.validator == "required":
        missing = _MISSING.match(error.message)
        return Violation(f"{path}.{missing[1] if missing else ''}".strip("."), "required", None, None)
    return Violation(path, str(error.validator), error.instance, error.validator_value)


def _path(steps: Any) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _duplicates(value: Any, schema: dict[str, Any], path: str) -> Iterator[Violation]:
    """Entries of a list of type map (or set) that say the same key twice."""
    if isinstance(value, dict):
        for key, known in schema.get("properties", {}).items():
            if key in value:
                yield from _duplicates(value[key], known, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        kind, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys", [])
        seen: list[Any] = []
        for place, each in enumerate(value):
            identity = {key: each.get(key) for key in keys} if kind == "map" and isinstance(each, dict) else each
            if kind in {"map", "set"} and identity in seen:
                yield Violation(f"{path}[{place}]", "duplicate", identity, None)
            seen.append(identity)
            yield from _duplicates(each, schema.get("items", {}), f"{path}[{place}]")
