"""Strategic merge patch: a merge patch that knows by which key the entries of a list are told apart."""

from typing import Any

from sandbox.kube.patches import merge
from sandbox.kube.status import StatusError, bad_request

# As the API types declare them (patchStrategy=merge). A list that is not here is replaced as a whole: taints,
# tolerations and containerStatuses among them.
MERGE_KEYS = {
    "addresses": "type",
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "hostAliases": "ip",
    "hostIPs": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "podIPs": "ip",
    "ports": "containerPort",
    "schedulingGates": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
MERGED_PRIMITIVES = frozenset({"finalizers", "podCIDRs"})

_ORDER, _DELETE, _RETAIN = "$setElementOrder/", "$deleteFromPrimitiveList/", "$retainKeys"


def strategic_merge(target: dict[str, Any], patch: Any) -> dict[str, Any]:
    """What `patch` makes of `target`, with the directives $patch, $retainKeys and $deleteFromPrimitiveList."""
    if not isinstance(patch, dict):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        )
    match patch.get("$patch", "merge"):
        case "replace":
            return {key: value for key, value in patch.items() if key != "$patch"}
        case "delete":
            return {}
        case "merge":
            return _merged(target, patch)
        case other:  # an inner error of the real server, told as such
            raise StatusError(code=500, reason="", message=f"unknown patch type: {other} in map: map[$patch:{other}]")


def _merged(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    merged = dict(target)
    if _RETAIN in patch:
        if not isinstance(patch[_RETAIN], list):
            raise bad_request("invalid patch format of retainKeys")
        merged = {key: value for key, value in merged.items() if key in patch[_RETAIN]}
    for key, value in patch.items():
        if key.startswith(_DELETE):
            name = key.removeprefix(_DELETE)
            merged[name] = [each for each in merged.get(name) or [] if each not in value]
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge_field(key, merged.get(key), value, patch.get(_ORDER + key))
    return merged


def _merge_field(key: str, old: Any, new: Any, order: list[Any] | None) -> Any:
    if isinstance(new, dict):
        return strategic_merge(old if isinstance(old, dict) else {}, new)
    if not isinstance(new, list):
        return new
    present = old if isinstance(old, list) else []
    if key in MERGED_PRIMITIVES:
        return present + [each for each in new if each not in present]
    if key in MERGE_KEYS and all(isinstance(each, dict) for each in [*new, *present]):
        return _merge_list(MERGE_KEYS[key], present, new, order)
    return merge(old, new)


def _merge_list(merge_key: str, old: list[Any], new: list[Any], order: list[Any] | None) -> list[Any]:
    if any(each.get("$patch") == "replace" for each in new):
        return [each for each in new if each.get("$patch") != "replace"]
    merged = {each.get(merge_key): each for each in old}
    for entry in new:
        if merge_key not in entry:
            raise bad_request(f"map: {entry} does not contain declared merge key: {merge_key}")
        name = entry[merge_key]
        if not isinstance(name, str | int):
            raise bad_request(f"the merge key {merge_key} must be a string or a number")
        if entry.get("$patch") == "delete":
            merged.pop(name, None)
        else:
            merged[name] = strategic_merge(merged.get(name, {}), entry)
    if not order:
        return list(merged.values())
    places = {each.get(merge_key): place for place, each in enumerate(order)}
    return sorted(merged.values(), key=lambda each: places.get(each.get(merge_key), len(places)))
