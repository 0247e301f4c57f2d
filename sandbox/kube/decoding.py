"""From the bytes of a request to an object: what the real server can't even decode is a 400, not a 422."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kube import builtin
from sandbox.kube.resources import Resource
from sandbox.kube.status import bad_request


def decode(body: bytes) -> Any:
    """Any JSON value; 400 where it is none."""
    try:
        return json.loads(body)
    except ValueError as error:
        message = f"couldn't get version/kind; json parse error: {error}" if body else "EOF"
        raise bad_request(message) from error


def decode_object(body: bytes, resource: Resource, *, strict: bool = False) -> dict[str, Any]:
    """An object of `resource`; apiVersion and kind may be left out, but not be another's."""
    decoded = decode(body)
    if not isinstance(decoded, dict):
        raise bad_request("couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value")
    if resource.schema and not (decoded.get("kind") and decoded.get("apiVersion")):
        missing = "apiVersion" if decoded.get("kind") else "Kind"
        says = f"the object provided is unrecognized (must be of type {resource.kind})"
        raise bad_request(f"{says}: Object '{missing}' is missing in '{body.decode()}'")
    return typed(decoded, resource, strict=strict)


def decode_as(body: Any, kind: str) -> dict[str, Any]:
    """What comes along with a request and is no resource itself: a Binding, an Eviction, a Scale, DeleteOptions."""
    if not isinstance(body, dict) or body.get("kind") not in (None, "", kind):
        raise bad_request(f"the body is not of kind {kind}")
    try:
        return builtin.decode(body, kind)
    except builtin.Undecodable as error:
        raise bad_request(f"cannot be handled as a {kind}: {error}") from error


def typed(obj: dict[str, Any], resource: Resource, *, strict: bool = False) -> dict[str, Any]:
    """`obj` with its kind filled in; 400 for another kind's object and for a wrong type.

    Unknown fields vanish, a custom resource's when it is stored; where `strict`, they are refused.
    """
    api_version, kind = obj.get("apiVersion") or resource.api_version, obj.get("kind") or resource.kind
    if api_version != resource.api_version:
        says = f"the API version in the data ({api_version}) does not match the expected API version"
        raise bad_request(f"{says} ({resource.api_version})")
    handled = f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
    if kind != resource.kind:
        raise bad_request(f"{handled}: unknown conversion")
    complete = {**obj, "kind": kind, "apiVersion": api_version, "metadata": obj.get("metadata") or {}}
    try:
        known = (
            {**complete, "metadata": builtin.decode_metadata(complete["metadata"])}
            if resource.schema
            else builtin.decode(complete, kind)
        )
    except builtin.Undecodable as error:
        raise bad_request(f"{handled}: {error}") from error
    if strict:
        kept = resource.schema.prune(known) if resource.schema else known
        unknown = [f'unknown field "{path}"' for path in _left_out(complete, kept, "")]
        if unknown:
            raise bad_request(f"{handled}: strict decoding error: {', '.join(unknown)}")
    return known


def _left_out(given: Any, kept: Any, path: str) -> Iterator[str]:
    """The paths of what was given and has not been kept. Nulls were never anything."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            here = f"{path}.{key}" if path else key
            if key in kept:
                yield from _left_out(value, kept[key], here)
            elif value is not None:
                yield here
    elif isinstance(given, list) and isinstance(kept, list):
        for place, (before, after) in enumerate(zip(given, kept, strict=False)):
            yield from _left_out(before, after, f"{path}[{place}]")
