"""From a URL to what is asked: which verb, on which resource."""

from dataclasses import dataclass

from sandbox.kube.resources import Catalogue, Resource
from sandbox.kube.status import StatusError, method_not_allowed, not_modelled

NAMESPACE_SUBRESOURCES = frozenset({"status", "finalize"})
_FOREIGN = StatusError(
    code=404, reason="NotFound", message="the server could not find the requested resource", details={}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """`name` is empty for a whole collection."""

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def written(self) -> str:
        """As the books write it: `pods/eviction`."""
        return f"{self.resource.plural}/{self.subresource}" if self.subresource else self.resource.plural


def is_resource_path(path: str) -> bool:
    """Below a group and version; everything above is discovery."""
    steps = path.strip("/").split("/")
    return len(steps) > (2 if steps[0] == "api" else 3) and steps[0] in {"api", "apis"}


def target_of(method: str, path: str, query: dict[str, str], catalogue: Catalogue) -> Target:
    """What is asked; 501 for what is not modelled, 404 for a custom resource that nobody has defined."""
    steps = path.strip("/").split("/")
    group, version, rest = ("", steps[1], steps[2:]) if steps[0] == "api" else (steps[1], steps[2], steps[3:])
    if rest[0] == "watch":
        raise not_modelled("the deprecated /watch/ paths")
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in NAMESPACE_SUBRESOURCES:
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "")[:3]
    resource = catalogue.at(group, version, plural)
    if resource is None:
        if group and "." in group and not group.endswith(".k8s.io"):
            raise _FOREIGN
        raise not_modelled(f'"{plural}" in {group or "core"}/{version} ({method})')
    if namespace and not resource.namespaced:
        raise _FOREIGN
    if subresource and subresource not in resource.subresources:
        raise not_modelled(f'"{plural}/{subresource}" ({method})') if resource.schema is None else _FOREIGN
    if len(rest) > 3:
        raise not_modelled(f"{method} {path}")
    if method == "POST" and resource.namespaced and not namespace and not resource.only_answered:
        raise method_not_allowed()
    return Target(
        verb=_verb(method, name, subresource, query),
        resource=resource,
        namespace=namespace,
        name=name,
        subresource=subresource,
    )


def _verb(method: str, name: str, subresource: str, query: dict[str, str]) -> str:
    if method == "GET":
        if name:
            return "get"
        return "watch" if query.get("watch") in {"1", "true", "True"} else "list"
    if method == "POST" and (subresource or not name):
        return "create"
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    verb = {"PUT": "update", "PATCH": "patch"}.get(method)
    if not verb or not name:
        raise method_not_allowed()
    return verb
