"""The simulators' own books: every call that reached them, whoever made it and whatever they logged about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
"""Verbs of the Kubernetes API that change something."""
REVIEWS = "selfsubjectaccessreviews"
"""What is created to ask for one's own rights: it changes nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request as the server saw it. `status` is the HTTP one, 0 where the answer never left (dropped, crashed)."""

    at: datetime
    api: str  # kubernetes, compute, container, registry, troubleshooter, iam, logging, metadata
    user: str  # e-mail or user name behind the token; "" where anonymous
    verb: str  # get, list, watch, create, update, patch, delete; for Google the method, e.g. reset
    resource: str  # nodes, pods, pods/eviction, instances, manifests, …
    namespace: str = ""
    name: str = ""
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)  # the request's JSON, where there was one


class Books:
    """Append-only. Tests and judges read it; nothing in the sandbox decides by it."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def write(self, call: Call) -> None:
        self._calls.append(call)

    def calls(self, **wanted: object) -> list[Call]:
        """The calls whose fields equal `wanted`, oldest first, e.g. `calls(api="compute", verb="reset")`."""
        return [call for call in self if all(getattr(call, key) == value for key, value in wanted.items())]

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)
