"""What is wrong with an object, field by field: the part of the real server's validation that repull can meet."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.kube import problems
from sandbox.kube.customvalidation import problems_of_custom, problems_of_custom_update
from sandbox.kube.naming import problem_with_label_value, problem_with_qualified_name, problems_of_metadata
from sandbox.kube.podvalidation import problems_of_pod, problems_of_pod_spec, problems_of_pod_update
from sandbox.kube.resources import Resource
from sandbox.kube.selectors import label_selector
from sandbox.kube.status import Cause

Object = dict[str, Any]
Check = Callable[[Object], Iterable[Cause]]
UpdateCheck = Callable[[Object, Object], Iterable[Cause]]
_CONFIG_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def problems_of(obj: Object, resource: Resource) -> list[Cause]:
    """Empty where the object may be stored."""
    causes = list(problems_of_metadata(obj["metadata"], resource))
    if resource.schema:
        causes += problems_of_custom(obj, resource.schema)
    elif resource.kind in _CHECKS:
        causes += _CHECKS[resource.kind](obj)
    return causes


def problems_of_update(new: Object, old: Object, resource: Resource) -> list[Cause]:
    """What must not change, or only in one direction."""
    causes = list(_problems_of_finalizers(new["metadata"], old["metadata"]))
    if resource.schema:
        causes += problems_of_custom_update(new, old, resource.schema)
    if resource.kind in _UPDATE_CHECKS:
        causes += _UPDATE_CHECKS[resource.kind](new, old)
    return causes


def _problems_of_finalizers(new: Object, old: Object) -> Iterator[Cause]:
    if old.get("deletionTimestamp"):
        added = [each for each in new.get("finalizers") or [] if each not in (old.get("finalizers") or [])]
        if added:
            shown = "[]string{" + ", ".join(f'"{each}"' for each in added) + "}"
            says = "no new finalizers can be added if the object is being deleted, found new finalizers"
            yield problems.forbidden("metadata.finalizers", f"{says} {shown}")


def _node(obj: Object) -> Iterator[Cause]:
    effects = ("NoSchedule", "PreferNoSchedule", "NoExecute")
    seen: set[tuple[str, str]] = set()
    for place, taint in enumerate(obj["spec"].get("taints") or []):
        path, key, effect = f"metadata.taints[{place}]", taint.get("key") or "", taint.get("effect") or ""
        if problem := problem_with_qualified_name(key):
            yield problems.invalid(f"{path}.key", key, problem)
        if problem := problem_with_label_value(taint.get("value") or ""):
            yield problems.invalid(f"{path}.value", taint["value"], problem)
        if effect not in effects:
            yield problems.unsupported(f"{path}.effect", effect, effects)
        if (key, effect) in seen:
            yield problems.duplicate(path, taint, "taints must be unique by key and effect pair")
        seen.add((key, effect))


def _workload(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        yield problems.required("spec.selector")
    elif not selector:
        yield problems.invalid("spec.selector", selector, f"empty selector is invalid for {obj['kind'].lower()}")
    if not label_selector(selector)({"metadata": template.get("metadata") or {}}):
        labels = (template.get("metadata") or {}).get("labels") or {}
        yield problems.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if spec.get("replicas") is not None and spec["replicas"] < 0:
        yield problems.invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0")
    inner = template.get("spec") or {}
    if inner.get("restartPolicy") in {"OnFailure", "Never"}:
        yield problems.unsupported("spec.template.spec.restartPolicy", inner["restartPolicy"], ("Always",))
    yield from problems_of_pod_spec(inner, "spec.template.spec")


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
    yield from (
        each for each in problems_of_pod_spec(template, "spec.template.spec") if "restartPolicy" not in each.field
    )


def _budget(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield problems.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    for name in ("minAvailable", "maxUnavailable"):
        yield from _count_or_share(spec.get(name), f"spec.{name}")
    yield from _selector(spec.get("selector") or {}, "spec.selector")
    policies = ("AlwaysAllow", "IfHealthyBudget")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in policies:
        yield problems.unsupported("spec.unhealthyPodEvictionPolicy", policy, policies)


def _count_or_share(value: Any, path: str) -> Iterator[Cause]:
    if isinstance(value, int) and value < 0:
        yield problems.invalid(path, value, "must be greater than or equal to 0")
    elif isinstance(value, str):
        if not re.fullmatch("[0-9]+%", value):
            says = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
            yield problems.invalid(path, value, f"{says}regex used for validation is '[0-9]+%')")
        elif int(value.removesuffix("%")) > 100:
            yield problems.invalid(path, value, "must not be greater than 100%")


def _selector(selector: Object, path: str) -> Iterator[Cause]:
    for key, value in (selector.get("matchLabels") or {}).items():
        if problem := problem_with_qualified_name(key):
            yield problems.invalid(f"{path}.matchLabels", key, problem)
        if problem := problem_with_label_value(value):
            yield problems.invalid(f"{path}.matchLabels", value, problem)


def _config_map(obj: Object) -> Iterator[Cause]:
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    for part, keys in (("data", data), ("binaryData", binary)):
        for key in sorted(keys):
            path = f"{part}[{key}]"
            if key in {".", ".."}:
                yield problems.invalid(path, key, f"must not be '{key}'")
            elif not re.fullmatch("[-._a-zA-Z0-9]+", key):
                yield problems.invalid(path, key, _CONFIG_KEY)
            elif part == "data" and key in binary:
                yield problems.invalid(path, key, "duplicate of key present in binaryData")


def _config_map_update(new: Object, old: Object) -> Iterator[Cause]:
    if old.get("immutable"):
        for part in ("immutable", "data", "binaryData"):
            if (new.get(part) or None) != (old.get(part) or None):
                yield problems.forbidden(part, "field is immutable when `immutable` is set")


def _event(obj: Object) -> Iterator[Cause]:
    if not obj.get("involvedObject"):
        yield problems.required("involvedObject")
        return
    namespace, about = obj["metadata"].get("namespace", ""), obj["involvedObject"].get("namespace") or ""
    if namespace != (about or "default"):
        yield problems.invalid("involvedObject.namespace", about, "does not match event.namespace")
    if obj.get("eventTime"):  # the newer kind of event, which says more
        for part in ("reportingComponent", "reportingInstance", "action", "reason"):
            if not obj.get(part):
                yield problems.required(part)


def _lease(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if duration is not None and duration <= 0:
        yield problems.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")
    if transitions is not None and transitions < 0:
        yield problems.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")


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


def _node_update(new: Object, old: Object) -> Iterator[Cause]:
    before = old["spec"].get("providerID")
    if before and new["spec"].get("providerID") != before:
        yield problems.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')


def _workload_update(new: Object, old: Object) -> Iterator[Cause]:
    if new["spec"].get("selector") != old["spec"].get("selector"):
        yield problems.invalid("spec.selector", new["spec"].get("selector"), "field is immutable")


_CHECKS: dict[str, Check] = {
    "ConfigMap": _config_map,
    "CustomResourceDefinition": _definition,
    "DaemonSet": _workload,
    "Deployment": _workload,
    "Event": _event,
    "Job": _job,
    "Lease": _lease,
    "Node": _node,
    "Pod": problems_of_pod,
    "PodDisruptionBudget": _budget,
    "ReplicaSet": _workload,
    "StatefulSet": _workload,
    "VolumeAttachment": _volume_attachment,
}
_UPDATE_CHECKS: dict[str, UpdateCheck] = {
    "ConfigMap": _config_map_update,
    "DaemonSet": _workload_update,
    "Deployment": _workload_update,
    "Node": _node_update,
    "Pod": problems_of_pod_update,
    "ReplicaSet": _workload_update,
    "StatefulSet": _workload_update,
}
