"""From the bytes of a request to an object: what the real server can't even decode is a 400, not a 422."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kube.resources import Resource
from sandbox.kube.status import StatusError, bad_request
from sandbox.kube.times import is_micro_time, is_rfc3339

_STRING_MAPS = ("labels", "annotations")


def decode(body: bytes) -> Any:
    """Any JSON value; 400 where it is none."""
    try:
        return json.loads(body)
    except ValueError as error:
        message = f"couldn't get version/kind; json parse error: {error}" if body else "EOF"
        raise bad_request(message) from error


def decode_object(body: bytes, resource: Resource) -> dict[str, Any]:
    """An object of `resource`; apiVersion and kind may be left out, but not be another's."""
    decoded = decode(body)
    if not isinstance(decoded, dict):
        raise bad_request("json: cannot unmarshal array into Go value of type struct")
    return typed(decoded, resource)


def typed(obj: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """`obj` with its kind filled in; 400 for another kind's object and for fields of a wrong type."""
    api_version, kind = obj.get("apiVersion") or resource.api_version, obj.get("kind") or resource.kind
    if api_version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API version ({resource.api_version})"
        )
    if kind != resource.kind:
        raise bad_request(f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}: unknown conversion')
    metadata = obj.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise _undecodable(resource, "json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta")
    complete = {**obj, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": dict(metadata or {})}
    for problem in (*_problems_of_metadata(complete["metadata"]), *_problems_of_times(complete, resource)):
        raise _undecodable(resource, problem)
    return complete


def _undecodable(resource: Resource, problem: str) -> StatusError:
    return bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {problem}')


def _problems_of_metadata(metadata: dict[str, Any]) -> Iterator[str]:
    for field in _STRING_MAPS:
        found = metadata.get(field)
        if found is None:
            continue
        if not isinstance(found, dict):
            yield f"json: cannot unmarshal into Go struct field ObjectMeta.metadata.{field} of type map[string]string"
            return
        for key, value in tuple(found.items()):
            if value is None:
                found[key] = ""  # Go decodes null into the empty string
            elif not isinstance(value, str):
                name = _json_type(value)
                yield f"json: cannot unmarshal {name} into Go struct field ObjectMeta.metadata.{field} of type string"
    for field in ("name", "generateName", "namespace", "uid", "resourceVersion"):
        value = metadata.get(field)
        if value is not None and not isinstance(value, str):
            yield f"json: cannot unmarshal {_json_type(value)} into Go struct field ObjectMeta.metadata.{field} of type string"


def _problems_of_times(obj: dict[str, Any], resource: Resource) -> Iterator[str]:
    spec = obj.get("spec")
    if resource.kind == "Lease" and isinstance(spec, dict):
        for field in ("renewTime", "acquireTime"):
            value = spec.get(field)
            if value is not None and not is_micro_time(str(value)):
                yield f'parsing time "{value}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "{value}"'
    if resource.kind == "Event":
        for field in ("firstTimestamp", "lastTimestamp"):
            value = obj.get(field)
            if value is not None and not is_rfc3339(str(value)):
                yield f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}"'


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return {int: "number", float: "number", list: "array", dict: "object"}.get(type(value), "string")
