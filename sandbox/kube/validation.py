"""What is wrong with an object, field by field: the part of the real server's validation that repull can meet."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.kube import problems
from sandbox.kube.naming import problem_with_label, problem_with_qualified_name, problems_of_metadata
from sandbox.kube.resources import Resource
from sandbox.kube.selectors import label_selector
from sandbox.kube.status import Cause

Object = dict[str, Any]
Check = Callable[[Object], Iterable[Cause]]
UpdateCheck = Callable[[Object, Object], Iterable[Cause]]


def problems_of(obj: Object, resource: Resource) -> list[Cause]:
    """Empty where the object may be stored."""
    causes = list(problems_of_metadata(obj["metadata"], resource))
    if resource.schema:
        causes += _problems_of_custom(obj, resource)
    elif resource.kind in _CHECKS:
        causes += _CHECKS[resource.kind](obj)
    return causes


def problems_of_update(new: Object, old: Object, resource: Resource) -> list[Cause]:
    """What must not change, or only in one direction."""
    causes = []
    if old["metadata"].get("deletionTimestamp"):
        added = [
            each
            for each in new["metadata"].get("finalizers") or []
            if each not in (old["metadata"].get("finalizers") or [])
        ]
        if added:
            shown = ", ".join(f'"{each}"' for each in added)
            detail = (
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{"
                + shown
                + "}"
            )
            causes.append(problems.forbidden("metadata.finalizers", detail))
    if resource.kind in _UPDATE_CHECKS:
        causes += _UPDATE_CHECKS[resource.kind](new, old)
    return causes


def _pod_spec(spec: Object, path: str) -> Iterator[Cause]:
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
    for place, toleration in enumerate(spec.get("tolerations") or []):
        yield from _toleration(toleration, f"{path}.tolerations[{place}]")


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


def _pod(obj: Object) -> Iterator[Cause]:
    yield from _pod_spec(obj["spec"], "spec")


def _node(obj: Object) -> Iterator[Cause]:
    effects = ("NoSchedule", "PreferNoSchedule", "NoExecute")
    seen: set[tuple[str, str]] = set()
    for place, taint in enumerate(obj["spec"].get("taints") or []):
        path, key, effect = f"spec.taints[{place}]", taint.get("key") or "", taint.get("effect") or ""
        if problem := problem_with_qualified_name(key):
            yield problems.invalid(f"{path}.key", key, problem)
        if effect not in effects:
            yield problems.unsupported(f"{path}.effect", effect, effects)
        if (key, effect) in seen:
            yield problems.duplicate(path, taint)
        seen.add((key, effect))


def _workload(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        yield problems.required("spec.selector")
    elif not selector:
        yield problems.invalid("spec.selector", selector, f"empty selector is invalid for {obj['kind'].lower()}")
    elif not label_selector(selector)({"metadata": template.get("metadata") or {}}):
        labels = (template.get("metadata") or {}).get("labels") or {}
        yield problems.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if spec.get("replicas") is not None and spec["replicas"] < 0:
        yield problems.invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0")
    yield from _pod_spec(template.get("spec") or {}, "spec.template.spec")


def _job(obj: Object) -> Iterator[Cause]:
    policies = ("OnFailure", "Never")
    template = obj["spec"]["template"]["spec"]
    if template.get("restartPolicy") not in policies:
        value = template.get("restartPolicy") or ""
        cause = problems.unsupported("spec.template.spec.restartPolicy", value, policies)
        yield (
            cause
            if value
            else problems.required("spec.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')
        )
    yield from (each for each in _pod_spec(template, "spec.template.spec") if "restartPolicy" not in each.field)


def _budget(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield problems.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    policies = ("IfHealthyBudget", "AlwaysAllow")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in policies:
        yield problems.unsupported("spec.unhealthyPodEvictionPolicy", policy, policies)


def _event(obj: Object) -> Iterator[Cause]:
    if not obj.get("involvedObject"):
        yield problems.required("involvedObject")
        return
    namespace, about = obj["metadata"].get("namespace", ""), obj["involvedObject"].get("namespace") or ""
    if namespace != (about or "default"):
        yield problems.invalid("involvedObject.namespace", about, "does not match event.namespace")


def _lease(obj: Object) -> Iterator[Cause]:
    duration = (obj.get("spec") or {}).get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        yield problems.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")


def _volume_attachment(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    for part in ("attacher", "nodeName"):
        if not spec.get(part):
            yield problems.required(f"spec.{part}")
    if not spec.get("source"):
        yield problems.required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName")


def _definition(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    names = spec.get("names") or {}
    for part in ("group", "scope", "versions"):
        if not spec.get(part):
            yield problems.required(f"spec.{part}")
    for part in ("plural", "kind"):
        if not names.get(part):
            yield problems.required(f"spec.names.{part}")
    wanted = f"{names.get('plural')}.{spec.get('group')}"
    if obj["metadata"].get("name") != wanted:
        yield problems.invalid("metadata.name", obj["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')


def _problems_of_custom(obj: Object, resource: Resource) -> Iterator[Cause]:
    if resource.schema is None:
        return
    for violation in resource.schema.violations(obj):
        path, value, wanted = violation.path, violation.value, violation.wanted
        match violation.rule:
            case "required":
                yield problems.required(path)
            case "type":
                yield problems.wrong_type(path, value, wanted if isinstance(wanted, str) else wanted[0])
            case "enum":
                yield problems.unsupported(path, value, tuple(wanted))
            case "duplicate":
                yield problems.duplicate(path, value)
            case rule:
                yield problems.invalid(path, value, f"{path} in body {_SAYS.get(rule, rule)} {_quoted(rule, wanted)}")


_SAYS = {
    "pattern": "should match",
    "format": "must be of type",
    "minimum": "should be greater than or equal to",
    "maximum": "should be less than or equal to",
    "minLength": "should be at least of length",
    "maxLength": "should be at most of length",
    "minItems": "should have at least items:",
    "maxItems": "should have at most items:",
}


def _quoted(rule: str, wanted: Any) -> str:
    return f"'{wanted}'" if rule == "pattern" else f"{wanted}"


# A pod's spec is nearly immutable: these may change, the rest may not.
_POD_MUTABLE = ("activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations")
_POD_MESSAGE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _pod_update(new: Object, old: Object) -> Iterator[Cause]:
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


def _node_update(new: Object, old: Object) -> Iterator[Cause]:
    before = old["spec"].get("providerID")
    if before and new["spec"].get("providerID") != before:
        yield problems.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')


def _workload_update(new: Object, old: Object) -> Iterator[Cause]:
    if new["spec"].get("selector") != old["spec"].get("selector"):
        yield problems.invalid("spec.selector", new["spec"].get("selector"), "field is immutable")


_CHECKS: dict[str, Check] = {
    "CustomResourceDefinition": _definition,
    "DaemonSet": _workload,
    "Deployment": _workload,
    "Event": _event,
    "Job": _job,
    "Lease": _lease,
    "Node": _node,
    "Pod": _pod,
    "PodDisruptionBudget": _budget,
    "ReplicaSet": _workload,
    "StatefulSet": _workload,
    "VolumeAttachment": _volume_attachment,
}
_UPDATE_CHECKS: dict[str, UpdateCheck] = {
    "DaemonSet": _workload_update,
    "Deployment": _workload_update,
    "Node": _node_update,
    "Pod": _pod_update,
    "ReplicaSet": _workload_update,
    "StatefulSet": _workload_update,
}
