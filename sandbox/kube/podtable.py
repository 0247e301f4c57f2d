"""A pod's row, with the STATUS that people know: not its phase, but what its containers are up to."""

from datetime import datetime
from typing import Any

from sandbox.kube import times

Object = dict[str, Any]


def pod_cells(pod: Object, at: datetime) -> list[Any]:
    """The cells of `kubectl get pods -o wide`."""
    metadata, spec, status = pod["metadata"], pod["spec"], pod["status"]
    containers = status.get("containerStatuses") or []
    initializing, _ = _init_status(pod)
    ready = sum(1 for each in containers if each.get("ready") and (each.get("state") or {}).get("running"))
    return [
        metadata["name"],
        f"{ready}/{len(spec['containers'])}",
        pod_status(pod),
        _restarts(status["initContainerStatuses"] if initializing else containers, at),
        times.age(metadata.get("creationTimestamp"), at=at),
        status.get("podIP") or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        "<none>",
    ]


def pod_status(pod: Object) -> str:
    """As printPod in the real server's printers decides it."""
    status = pod["status"]
    said = status.get("reason") or status.get("phase") or ""
    if said == "Pending" and _gated(status):
        said = "SchedulingGated"
    initializing, inits = _init_status(pod)
    if initializing:
        said = inits
    else:
        said = _container_status(status.get("containerStatuses") or [], said, ready=_is_ready(status))
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            return "Unknown"
        return said if status.get("phase") in {"Succeeded", "Failed"} else "Terminating"
    return said


def _gated(status: Object) -> bool:
    return any(
        each["type"] == "PodScheduled" and each.get("reason") == "SchedulingGated"
        for each in status.get("conditions") or []
    )


def _init_status(pod: Object) -> tuple[bool, str]:
    total = len(pod["spec"].get("initContainers") or [])
    for place, container in enumerate(pod["status"].get("initContainerStatuses") or []):
        state = container.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting")
        if ended and ended.get("exitCode") == 0:
            continue
        if ended:
            return True, f"Init:{_ended(ended)}"
        if waiting and waiting.get("reason") not in {None, "", "PodInitializing"}:
            return True, f"Init:{waiting['reason']}"
        return True, f"Init:{place}/{total}"
    return False, ""


def _container_status(containers: list[Object], said: str, *, ready: bool) -> str:
    running = False
    for container in reversed(containers):
        state = container.get("state") or {}
        waiting, ended = state.get("waiting"), state.get("terminated")
        if waiting and waiting.get("reason"):
            said = waiting["reason"]
        elif ended:
            said = _ended(ended)
        elif container.get("ready") and state.get("running"):
            running = True
    if said == "Completed" and running:
        return "Running" if ready else "NotReady"
    return said


def _ended(terminated: Object) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _is_ready(status: Object) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or [])


def _restarts(containers: list[Object], at: datetime) -> str:
    count = sum(each.get("restartCount", 0) for each in containers)
    ends = [
        ended["finishedAt"]
        for each in containers
        if (ended := (each.get("lastState") or {}).get("terminated")) and ended.get("finishedAt")
    ]
    return f"{count} ({times.age(max(ends), at=at)} ago)" if count and ends else str(count)
