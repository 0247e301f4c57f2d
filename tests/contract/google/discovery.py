"""Google's discovery documents, as google-api-python-client ships them: the methods there are."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

APIS = (
    "artifactregistry.v1",
    "cloudresourcemanager.v1",
    "cloudresourcemanager.v3",
    "compute.v1",
    "container.v1",
    "iamcredentials.v1",
    "logging.v2",
    "policytroubleshooter.v3",
)
"""Of which the simulators answer some methods."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One method of one API. A schema is None where nothing is sent."""

    id: str
    verb: str
    path: "re.Pattern[str]"
    literals: int  # characters of the path that are fixed
    parameters: Mapping[str, Schema]
    request: Schema | None
    response: Schema | None
    schemas: Mapping[str, Schema]  # what $ref means


def find(verb: str, path: str) -> Method | None:
    """The method that this request calls; a path with more fixed characters is the more special one."""
    found = [method for method in methods() if method.verb == verb and method.path.fullmatch(path)]
    return max(found, key=lambda method: method.literals, default=None)


@cache
def methods() -> tuple[Method, ...]:
    return tuple(method for api in APIS for method in _methods(document(api)))


def document(api: str) -> dict[str, Any]:
    """The whole of it, e.g. of "compute.v1"."""
    text = (resources.files("googleapiclient") / "discovery_cache" / "documents" / f"{api}.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def _methods(document: dict[str, Any]) -> Iterator[Method]:
    for found in _within(document):
        template = f"/{document['servicePath']}{found.get('flatPath', found['path'])}"
        fixed = re.split(r"\{[^}]+\}", template)
        names = re.findall(r"\{([^}]+)\}", template)
        own = found.get("parameters", {})
        yield Method(
            id=found["id"],
            verb=found["httpMethod"],
            path=re.compile(_joined(fixed, [name if name in own else "" for name in names])),
            literals=sum(map(len, fixed)),
            parameters=document["parameters"] | own,
            request=found.get("request"),
            response=found.get("response"),
            schemas=document["schemas"],
        )


def _joined(fixed: list[str], names: list[str]) -> str:
    """A template's parameters are named groups, except a flat path's: those have names of its own."""
    groups = [f"(?P<{name}>[^/]+)" if name else "[^/]+" for name in names]
    return "".join(part for pair in zip(map(re.escape, fixed), [*groups, ""], strict=True) for part in pair)


def _within(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _within(inner)
