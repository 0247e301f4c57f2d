"""OpenAPI v3 of the custom resources, as `kubectl explain` and `kubectl create` read it; of no others."""

from typing import Any

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
    served = sorted({each.api_version for each in catalogue if each.schema})
    return {"paths": {f"apis/{each}": {"serverRelativeURL": f"/openapi/v3/apis/{each}"} for each in served}}


def of_group(group: str, version: str, catalogue: Catalogue) -> Object | None:
    """None where the group has no custom resource."""
    served = [each for each in catalogue if each.schema and (each.group, each.version) == (group, version)]
    if not served:
        return None
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": {path: item for each in served for path, item in _paths(each).items()},
        "components": {"schemas": {_component(each): _schema(each) for each in served}},
    }


def _paths(resource: Resource) -> Object:
    scope = "namespaces/{namespace}/" if resource.namespaced else ""
    path = f"/apis/{resource.api_version}/{scope}{resource.plural}"
    reference = {"$ref": f"#/components/schemas/{_component(resource)}"}
    answer = {"responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}}}
    operation = {_EXTENSION: _kind(resource), "parameters": _PARAMETERS, **answer}
    return {path: {"get": operation, "post": operation}, f"{path}/{{name}}": {"get": operation, "patch": operation}}


def _schema(resource: Resource) -> Object:
    openapi = resource.schema.openapi if resource.schema else {}
    properties = {**_ENVELOPE, **(openapi.get("properties") or {})}
    return {**openapi, "properties": properties, _EXTENSION: [_kind(resource)]}


def _kind(resource: Resource) -> Object:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _component(resource: Resource) -> str:
    backwards = ".".join(reversed(resource.group.split(".")))
    return f"{backwards}.{resource.version}.{resource.kind}"
