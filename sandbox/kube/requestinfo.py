"""What a request asks an API server for, by its method and path alone, whatever resources there are.

As k8s.io/apiserver's RequestInfoFactory takes it apart for authorization and audit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sandbox.kube.routing import NAMESPACE_SUBRESOURCES, is_resource_path

_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_OF_COLLECTIONS = {"get": "list", "delete": "deletecollection"}
_TRUE = frozenset({"1", "true", "True"})


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestInfo:
    """`resource` is written as in the books: `pods/eviction`."""

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""

    @classmethod
    def of(cls, method: str, path: str, query: Mapping[str, str]) -> Self | None:
        """None for what is no resource: discovery, versions, health."""
        if not is_resource_path(path):
            return None
        steps = path.strip("/").split("/")
        rest = steps[2:] if steps[0] == "api" else steps[3:]
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in NAMESPACE_SUBRESOURCES:
            namespace, rest = rest[1], rest[2:]
        plural, name, subresource = (*rest, "", "")[:3]
        verb = _VERBS.get(method, method.lower())
        if not name:
            verb = "watch" if query.get("watch") in _TRUE else _OF_COLLECTIONS.get(verb, verb)
        resource = f"{plural}/{subresource}" if subresource else plural
        return cls(verb=verb, resource=resource, namespace=namespace, name=name)
