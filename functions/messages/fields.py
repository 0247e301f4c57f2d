"""The fields of a payload, each checked as it is read: BadInput names the field and what is accepted."""

import re
from collections.abc import Mapping
from typing import Any

from functions.errors import BadInput
from functions.model.names import ClusterKey

NODE_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?")


def cluster(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> ClusterKey:
    """One of `clusters`; it may be left out where there is but one."""
    given = payload.get("cluster", "")
    if given == "" and len(clusters) == 1:
        return clusters[0]
    accepted = ", ".join(map(str, clusters))
    if not isinstance(given, str) or not given:
        raise BadInput(field="cluster", value=given, accepted=f"one of {accepted}")
    key = ClusterKey.parse(given)
    if key not in clusters:
        raise BadInput(field="cluster", value=given, accepted=f"one of {accepted}, or add it to REPULL_CLUSTERS")
    return key


def mapping(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside an object; empty where it is none. Never raises."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def object_name(parent: Mapping[str, Any], key: str, field: str) -> str:
    """A Kubernetes object's name; `field` is what people know the key by."""
    value = parent.get(key, "")
    if not isinstance(value, str) or not NODE_NAME.fullmatch(value):
        raise BadInput(field=field, value=value, accepted="the name of a Kubernetes object")
    return value


def text(payload: Mapping[str, Any], key: str, limit: int = 512) -> str:
    """Text of at most `limit` characters, "" where it is left out."""
    value = payload.get(key, "")
    if not isinstance(value, str) or len(value) > limit:
        raise BadInput(field=key, value=value, accepted=f"text of at most {limit} characters")
    return value


def flag(payload: Mapping[str, Any], key: str) -> bool:
    """True or false, the latter where it is left out."""
    value = payload.get(key, False)
    if not isinstance(value, bool):
        raise BadInput(field=key, value=value, accepted="true or false")
    return value


def number(payload: Mapping[str, Any], key: str, *, most: int) -> int:
    """A whole number from 0 to `most`."""
    value = payload.get(key, "")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadInput(field=key, value=value, accepted=f"a whole number from 0 to {most}")
    return value
