"""What the server serves, as clients ask before they ask for anything else."""

from typing import Any

from sandbox.kube import openapi
from sandbox.kube.resources import Catalogue, Resource

Object = dict[str, Any]
VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.4-gke.sandbox",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2026-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_SUBRESOURCES: dict[str, Object] = {
    "status": {"verbs": ["get", "patch", "update"]},
    "scale": {"verbs": ["get", "patch", "update"], "kind": "Scale", "group": "autoscaling", "version": "v1"},
    "finalize": {"verbs": ["update"]},
    "log": {"verbs": ["get"]},
    "binding": {"verbs": ["create"], "kind": "Binding"},
    "eviction": {"verbs": ["create"], "kind": "Eviction", "group": "policy", "version": "v1"},
}


def discover(path: str, catalogue: Catalogue) -> Object | None:
    """The document at a discovery path, None where there is none."""
    steps = path.strip("/").split("/")
    served = {(each.group, each.version) for each in catalogue}
    found: Object | None = None
    match steps:
        case ["version"]:
            found = dict(VERSION)
        case ["api"]:
            address = {"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}
            found = {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}
        case ["apis"]:
            groups = [_group(each, catalogue) for each in sorted({group for group, _ in served if group})]
            found = {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["apis", group] if any(each == group for each, _ in served):
            found = {"kind": "APIGroup", "apiVersion": "v1", **_group(group, catalogue)}
        case ["api", "v1"]:
            found = _resources("", "v1", catalogue)
        case ["apis", group, version] if (group, version) in served:
            found = _resources(group, version, catalogue)
        case ["openapi", "v3"]:
            found = openapi.index(catalogue)
        case ["openapi", "v3", "api", version]:
            found = openapi.of_group("", version, catalogue)
        case ["openapi", "v3", "apis", group, version]:
            found = openapi.of_group(group, version, catalogue)
        case _:
            pass
    return found


def _group(group: str, catalogue: Catalogue) -> Object:
    versions = sorted({each.version for each in catalogue if each.group == group})
    listed = [{"groupVersion": f"{group}/{each}", "version": each} for each in versions]
    return {"name": group, "versions": listed, "preferredVersion": listed[0]}


def _resources(group: str, version: str, catalogue: Catalogue) -> Object:
    served = [each for each in catalogue if (each.group, each.version) == (group, version)]
    entries = [entry for each in served for entry in _entries(each)]
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _entries(resource: Resource) -> list[Object]:
    whole: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": ["create"] if resource.only_answered else list(_VERBS),
    }
    if resource.short_names:
        whole["shortNames"] = list(resource.short_names)
    if resource.categories:
        whole["categories"] = list(resource.categories)
    parts = [
        {
            "name": f"{resource.plural}/{each}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            **_SUBRESOURCES[each],
        }
        for each in sorted(resource.subresources)
    ]
    return [whole, *parts]
