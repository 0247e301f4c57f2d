"""What is wrong with a pod, or with a pod template, and what of a pod can still be changed."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kube import problems
from sandbox.kube.naming import (
    problem_with_label,
    problem_with_label_value,
    problem_with_qualified_name,
    problem_with_subdomain,
)
from sandbox.kube.status import Cause
from sandbox.objects.quantities import amount

Object = dict[str, Any]
_MOST_SECONDS = 2**31 - 1


def problems_of_pod_spec(spec: Object, path: str) -> Iterator[Cause]:
    """Of a pod, or of a workload's template; `path` is where it stands."""
    containers = spec.get("containers")
    if not containers:
        yield problems.required(f"{path}.containers")
    names: set[str] = set()
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for place, container in enumerate(spec.get(kind) or []):
            yield from _container(container, f"{path}.{kind}[{place}]", names)
    restart_policies = ("Always", "OnFailure", "Never")
    if spec.get("restartPolicy") not in restart_policies:
        yield problems.unsupported(f"{path}.restartPolicy", spec.get("restartPolicy"), restart_policies)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= _MOST_SECONDS:
        says = f"must be between 1 and {_MOST_SECONDS}, inclusive"
        yield problems.invalid(f"{path}.activeDeadlineSeconds", deadline, says)
    yield from _placement(spec, path)


def _placement(spec: Object, path: str) -> Iterator[Cause]:
    """What says on which nodes it may run."""
    for place, toleration in enumerate(spec.get("tolerations") or []):
        yield from _toleration(toleration, f"{path}.tolerations[{place}]")
    node = spec.get("nodeName")
    if node and (problem := problem_with_subdomain(node)):
        yield problems.invalid(f"{path}.nodeName", node, problem)
    for key, value in (spec.get("nodeSelector") or {}).items():
        if problem := problem_with_qualified_name(key):
            yield problems.invalid(f"{path}.nodeSelector", key, problem)
        if problem := problem_with_label_value(value):
            yield problems.invalid(f"{path}.nodeSelector", value, problem)


def _container(container: Object, path: str, names: set[str]) -> Iterator[Cause]:
    name = container.get("name") or ""
    if not name:
        yield problems.required(f"{path}.name")
    elif problem := problem_with_label(name):
        yield problems.invalid(f"{path}.name", name, problem)
    elif name in names:
        yield problems.duplicate(f"{path}.name", name)
    names.add(name)
    image = container.get("image") or ""
    if not image:
        yield problems.required(f"{path}.image")
    elif image != image.strip():
        yield problems.invalid(f"{path}.image", image, "must not have leading or trailing whitespace")
    policies = ("Always", "IfNotPresent", "Never")
    if container.get("imagePullPolicy") not in policies:
        yield problems.unsupported(f"{path}.imagePullPolicy", container.get("imagePullPolicy"), policies)
    yield from _resources(container.get("resources") or {}, f"{path}.resources")


def _resources(resources: Object, path: str) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for kind in ("limits", "requests"):
        for name, value in (resources.get(kind) or {}).items():
            if amount(value) < 0:
                yield problems.invalid(f"{path}.{kind}[{name}]", value, "must be greater than or equal to 0")
            elif kind == "requests" and name in limits and amount(value) > amount(limits[name]):
                says = f"must be less than or equal to {name} limit of {limits[name]}"
                yield problems.invalid(f"{path}.requests", value, says)


def _toleration(toleration: Object, path: str) -> Iterator[Cause]:
    operator = toleration.get("operator") or "Equal"
    if not toleration.get("key") and operator != "Exists":
        yield problems.invalid(
            f"{path}.operator",
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        )
    if operator == "Exists" and toleration.get("value"):
        yield problems.invalid(
            f"{path}.operator", toleration["value"], "value must be empty when `operator` is 'Exists'"
        )
    if toleration.get("tolerationSeconds") is not None and toleration.get("effect") != "NoExecute":
        yield problems.invalid(
            f"{path}.effect",
            toleration.get("effect") or "",
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
        )


def problems_of_pod(pod: Object) -> Iterator[Cause]:
    """At its creation."""
    yield from problems_of_pod_spec(pod["spec"], "spec")


# A pod's spec is nearly immutable: these may change, the rest may not.
_POD_MUTABLE = ("activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations")
_POD_MESSAGE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def problems_of_pod_update(new: Object, old: Object) -> Iterator[Cause]:
    """Only a few fields may change, and tolerations only be added."""
    if _frozen(new["spec"]) != _frozen(old["spec"]):
        yield problems.forbidden("spec", _POD_MESSAGE)
    kept = new["spec"].get("tolerations") or []
    if any(each not in kept for each in old["spec"].get("tolerations") or []):
        yield problems.forbidden(
            "spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"
        )


def _frozen(spec: Object) -> Object:
    frozen: Object = json.loads(json.dumps({key: value for key, value in spec.items() if key not in _POD_MUTABLE}))
    for container in (*(frozen.get("containers") or []), *(frozen.get("initContainers") or [])):
        container.pop("image", None)
    return frozen
