"""OpenAPI v3 of what is served, as far as `kubectl explain`, `create` and `apply` read it."""

from typing import Any

from sandbox.kube import builtin
from sandbox.kube.resources import Catalogue, Resource

Object = dict[str, Any]
_EXTENSION = "x-kubernetes-group-version-kind"
# kubectl leaves the check of unknown fields and dry runs to a server that says it takes these.
_PARAMETERS = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("dryRun", "fieldValidation")]
_ENVELOPE = {
    "apiVersion": {"type": "string", "description": "The versioned schema of this representation of an object."},
    "kind": {"type": "string", "description": "The REST resource that this object represents."},
    "metadata": {"type": "object", "description": "Standard object's metadata."},
}


def index(catalogue: Catalogue) -> Object:
    """Where each group's document is."""
    roots = sorted({_root(each) for each in catalogue})
    return {"paths": {each: {"serverRelativeURL": f"/openapi/v3/{each}"} for each in roots}}


def of_group(group: str, version: str, catalogue: Catalogue) -> Object | None:
    """None where nothing of the group is served."""
    served = [each for each in catalogue if (each.group, each.version) == (group, version)]
    if not served:
        return None
    shared = builtin.components({each.kind for each in served if not each.schema})
    own = {_component(each): _schema(each, shared) for each in served}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": {path: item for each in served for path, item in _paths(each).items()},
        "components": {"schemas": shared | own},
    }


def _paths(resource: Resource) -> Object:
    scope = "namespaces/{namespace}/" if resource.namespaced else ""
    path = f"/{_root(resource)}/{scope}{resource.plural}"
    reference = {"$ref": f"#/components/schemas/{_component(resource)}"}
    answer = {"responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}}}
    operation = {_EXTENSION: _kind(resource), "parameters": _PARAMETERS, **answer}
    return {path: {"get": operation, "post": operation}, f"{path}/{{name}}": {"get": operation, "patch": operation}}


def _root(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.version}"


def _schema(resource: Resource, shared: Object) -> Object:
    if resource.schema is None:
        of_kind = shared[_component(resource)]
    else:
        openapi = resource.schema.openapi
        of_kind = {**openapi, "properties": {**_ENVELOPE, **(openapi.get("properties") or {})}}
    return {**of_kind, _EXTENSION: [_kind(resource)]}


def _kind(resource: Resource) -> Object:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _component(resource: Resource) -> str:
    if not resource.schema:
        return builtin.component(resource.kind)
    backwards = ".".join(reversed(resource.group.split(".")))
    return f"{backwards}.{resource.version}.{resource.kind}"
