"""How a pod or a node stands, by its own status."""

from typing import Any

Object = dict[str, Any]


def is_ready(obj: Object) -> bool:
    """A pod or a node."""
    return ready(obj) == "True"


def ready(obj: Object) -> str:
    conditions = obj["status"].get("conditions") or ()
    return next((str(each["status"]) for each in conditions if each["type"] == "Ready"), "")


def taints(node: Object) -> set[tuple[str, str]]:
    return {(each["key"].rpartition("/")[2], each["effect"]) for each in node["spec"].get("taints", ())}


def is_open(node: Object) -> bool:
    """Ready, and any pod may come."""
    return is_ready(node) and not taints(node)


def boot_id(node: Object) -> str:
    return str(node["status"]["nodeInfo"]["bootID"])


def phase(pod: Object) -> str:
    return str(pod["status"]["phase"])


def ended(pod: Object) -> bool:
    return phase(pod) in {"Succeeded", "Failed"}


def first_status(pod: Object) -> Object:
    """Of its first container."""
    statuses: list[Object] = pod["status"].get("containerStatuses") or [{"state": {}, "imageID": "", "restartCount": 0}]
    return statuses[0]


def waiting(pod: Object) -> Object:
    """Why its first container waits; empty where it doesn't."""
    reason: Object = first_status(pod)["state"].get("waiting") or {}
    return reason


def is_stuck(pod: Object) -> bool:
    """Its first container waits, and not just for its turn."""
    return waiting(pod).get("reason") not in {None, "ContainerCreating", "PodInitializing"}


def backs_off(pod: Object) -> bool:
    return bool(waiting(pod).get("reason") == "ImagePullBackOff")
