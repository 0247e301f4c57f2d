"""A pod's status, computed from its containers: the kubelet's rules for phase and conditions. Pure."""

from collections.abc import Iterable, Sequence

from sandbox.kube import times
from sandbox.machines.admission import Rejection
from sandbox.machines.containers import Container
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object


def pod_status(
    pod: Object,
    containers: Sequence[Container],
    *,
    before: Object,
    host_ip: str,
    pod_ip: str,
    stopped: bool = False,
    failure: Rejection | None = None,
) -> Object:
    """What the kubelet reports now. Conditions of others (PodScheduled, DisruptionTarget) are left to them.

    `before` is the status reported last; `stopped`: nothing will be started again, whatever the restart policy says;
    `failure` is why the pod as a whole has failed.
    """
    init = [container for container in containers if container.init]
    main = [container for container in containers if not container.init]
    policy = pod["spec"].get("restartPolicy", "Always")
    phase = "Failed" if failure else phase_from(policy, init, main, stopped=stopped)
    return {
        "phase": phase,
        **({"reason": failure.reason, "message": failure.message} if failure else {}),
        "conditions": _conditions(before.get("conditions") or [], phase, init, main),
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "podIP": pod_ip,
        "podIPs": [{"ip": pod_ip}],
        "startTime": before.get("startTime") or times.seconds(times.now()),
        "qosClass": qos_class(pod),
        **({"initContainerStatuses": [container.status() for container in init]} if init else {}),
        "containerStatuses": [container.status() for container in main],
    }


def phase_from(policy: str, init: Sequence[Container], main: Sequence[Container], *, stopped: bool) -> str:
    """Pending until every container has been started once; then Running; over when nothing will be started again."""
    for container in init:
        if container.exit_code == 0:
            continue
        failed_for_good = container.exit_code is not None and (policy == "Never" or stopped)
        return "Failed" if failed_for_good else "Pending"
    codes = [container.exit_code for container in main]
    if all(code is not None for code in codes):
        if stopped or policy == "Never":
            return "Failed" if any(codes) else "Succeeded"
        if policy == "OnFailure" and not any(codes):
            return "Succeeded"
        return "Running"
    # Waiting for its image after a restart is no way back to Pending: it has been started once.
    never_started = any("waiting" in container.state and not container.last_state for container in main)
    return "Pending" if never_started else "Running"


def _conditions(before: list[Object], phase: str, init: Sequence[Container], main: Sequence[Container]) -> list[Object]:
    finished = (
        {"reason": "PodCompleted"} if phase == "Succeeded" else {"reason": "PodFailed"} if phase == "Failed" else {}
    )
    incomplete = [container.name for container in init if container.exit_code != 0]
    unready = [container.name for container in main if not container.ready]
    initialized: Object = (
        {"reason": "ContainersNotInitialized", "message": f"containers with incomplete status: {_names(incomplete)}"}
        if incomplete and not finished
        else {}
    )
    ready: Object = finished or (
        {"reason": "ContainersNotReady", "message": f"containers with unready status: {_names(unready)}"}
        if unready
        else {}
    )
    ours: tuple[tuple[str, bool, Object], ...] = (
        ("PodReadyToStartContainers", not finished, {}),
        ("Initialized", not incomplete, initialized),
        ("Ready", not ready and not incomplete, ready),
        ("ContainersReady", not ready and not incomplete, ready),
    )
    conditions: list[Object] = []
    for kind, holds, why in ours:
        known = [condition for condition in before if condition["type"] == kind]
        # The two are named even where they are empty: a strategic merge would leave the former ones standing.
        words = {"reason": None, "message": None, **why}
        conditions += with_condition(known, kind, "True" if holds else "False", **words)
    return conditions


def rejected_status(rejection: Rejection) -> Object:
    """A pod that the kubelet will not take: the phase of an ended one, and no container status at all."""
    return {
        "phase": "Failed",
        "reason": rejection.reason,
        "message": f"Pod was rejected: {rejection.message}",
        "startTime": times.seconds(times.now()),
    }


def qos_class(pod: Object) -> str:
    containers = pod["spec"]["containers"]
    asked = [container.get("resources") or {} for container in containers]
    if not any(resources.get("requests") or resources.get("limits") for resources in asked):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= set(resources.get("limits") or {})
        and (resources.get("requests") or resources["limits"]) == resources["limits"]
        for resources in asked
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _names(names: Iterable[str]) -> str:
    return f"[{' '.join(names)}]"
