"""What the real server fills in when an object leaves it out, kind by kind."""

import copy
from collections.abc import Callable
from typing import Any

Object = dict[str, Any]


def apply_defaults(obj: Object) -> None:
    """In place."""
    fill = _BY_KIND.get(obj["kind"])
    if fill:
        fill(obj)


def _fill(target: Object, **values: Any) -> None:
    for key, value in values.items():
        if target.get(key) is None:
            target[key] = copy.deepcopy(value)


def _null(target: Object, *keys: str) -> None:
    """Times that are not set are written, as null."""
    for key in keys:
        target.setdefault(key, None)


def _map(obj: Object, key: str) -> Object:
    """The mapping under `key`, made where it is absent; validation complains about anything else."""
    if obj.get(key) is None:
        obj[key] = {}
    value = obj[key]
    return value if isinstance(value, dict) else {}


def _items(obj: Object, key: str) -> list[Object]:
    found = obj.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def pull_policy(image: str) -> str:
    """Always for `latest` (said or meant), IfNotPresent for any other tag or digest."""
    name = image.rpartition("/")[2]
    if "@" in name:
        return "IfNotPresent"
    return "Always" if name.partition(":")[2] in {"", "latest"} else "IfNotPresent"


def pod_spec(spec: Object, *, restart_policy: str = "Always") -> None:
    """Of a pod, or of a workload's template."""
    _fill(
        spec,
        restartPolicy=restart_policy,
        terminationGracePeriodSeconds=30,
        dnsPolicy="ClusterFirst",
        securityContext={},
        schedulerName="default-scheduler",
    )
    for container in (
        *_items(spec, "initContainers"),
        *_items(spec, "containers"),
        *_items(spec, "ephemeralContainers"),
    ):
        _container(container)
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in _items(spec, "volumes"):
        if set(volume) == {"name"}:
            volume["emptyDir"] = {}
        for source in ("configMap", "secret", "projected"):
            if isinstance(volume.get(source), dict):
                _fill(volume[source], defaultMode=0o644)
        if isinstance(volume.get("hostPath"), dict):
            _fill(volume["hostPath"], type="")


def _container(container: Object) -> None:
    _fill(
        container,
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        imagePullPolicy=pull_policy(str(container.get("image") or "")),
    )
    resources = container["resources"]
    if isinstance(resources, dict) and resources.get("limits"):
        resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}
    for port in _items(container, "ports"):
        _fill(port, protocol="TCP")
    for variable in _items(container, "env"):
        source = variable.get("valueFrom")
        if isinstance(source, dict) and isinstance(source.get("fieldRef"), dict):
            _fill(source["fieldRef"], apiVersion="v1")
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(kind), dict):
            _probe(container[kind])


def _probe(probe: Object) -> None:
    _fill(probe, failureThreshold=3, periodSeconds=10, successThreshold=1, timeoutSeconds=1)
    if isinstance(probe.get("httpGet"), dict):
        _fill(probe["httpGet"], path="/", scheme="HTTP")


def _pod(obj: Object) -> None:
    spec, status = _map(obj, "spec"), _map(obj, "status")
    pod_spec(spec)
    _fill(spec, enableServiceLinks=True)
    _fill(status, phase="Pending", qosClass=_quality(spec))
    for condition in _items(status, "conditions"):
        _null(condition, "lastProbeTime", "lastTransitionTime")
    for kind in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for container in _items(status, kind):
            _fill(container, state={}, lastState={})


def _quality(spec: Object) -> str:
    """The pod's class of service: who is killed last when memory runs out."""
    wanted = [each.get("resources") or {} for kind in ("initContainers", "containers") for each in _items(spec, kind)]
    if not any(each.get("requests") or each.get("limits") for each in wanted):
        return "BestEffort"
    complete = all({"cpu", "memory"} <= set(each.get("limits") or {}) for each in wanted)
    return "Guaranteed" if complete and all(each["requests"] == each["limits"] for each in wanted) else "Burstable"


def _template(spec: Object, *, restart_policy: str = "Always") -> None:
    template = _map(spec, "template")
    _map(template, "metadata")
    pod_spec(_map(template, "spec"), restart_policy=restart_policy)


def _deployment(obj: Object) -> None:
    spec = _map(obj, "spec")
    _fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={"type": "RollingUpdate"})
    strategy = spec["strategy"]
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy, rollingUpdate={})
        _fill(strategy["rollingUpdate"], maxSurge="25%", maxUnavailable="25%")
    _template(spec)
    _map(obj, "status")


def _replica_set(obj: Object) -> None:
    spec = _map(obj, "spec")
    _fill(spec, replicas=1)
    _template(spec)
    _fill(_map(obj, "status"), replicas=0)


def _daemon_set(obj: Object) -> None:
    spec = _map(obj, "spec")
    _fill(_map(obj["metadata"], "annotations"), **{"deprecated.daemonset.template.generation": "1"})
    _fill(spec, revisionHistoryLimit=10, updateStrategy={"type": "RollingUpdate"})
    if spec["updateStrategy"].get("type") == "RollingUpdate":
        _fill(spec["updateStrategy"], rollingUpdate={"maxSurge": 0, "maxUnavailable": 1})
    _template(spec)
    _fill(_map(obj, "status"), currentNumberScheduled=0, numberMisscheduled=0, desiredNumberScheduled=0, numberReady=0)


def _stateful_set(obj: Object) -> None:
    spec = _map(obj, "spec")
    _fill(
        spec,
        replicas=1,
        serviceName="",
        podManagementPolicy="OrderedReady",
        revisionHistoryLimit=10,
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
    )
    _template(spec)
    _fill(_map(obj, "status"), replicas=0, availableReplicas=0)


def _job(obj: Object) -> None:
    spec = _map(obj, "spec")
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    _fill(
        spec,
        parallelism=1,
        backoffLimit=6,
        completionMode="NonIndexed",
        suspend=False,
        podReplacementPolicy="TerminatingOrFailed",
        manualSelector=False,
    )
    _template(spec, restart_policy="")
    uid, name = obj["metadata"]["uid"], obj["metadata"].get("name", "")
    if not spec["manualSelector"] and spec.get("selector") is None:
        own = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name}
        legacy = {"controller-uid": uid, "job-name": name}
        spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        labels = _map(spec["template"]["metadata"], "labels")
        labels.update({**own, **legacy})
        _fill(obj["metadata"], labels=labels)
    _map(obj, "status")


def _budget(obj: Object) -> None:
    _map(obj, "spec")
    _fill(_map(obj, "status"), disruptionsAllowed=0, currentHealthy=0, desiredHealthy=0, expectedPods=0)


def _namespace(obj: Object) -> None:
    _fill(_map(obj, "spec"), finalizers=["kubernetes"])
    _fill(_map(obj, "status"), phase="Active")
    name = obj["metadata"].get("name")
    if name:
        _map(obj["metadata"], "labels")["kubernetes.io/metadata.name"] = name


def _node(obj: Object) -> None:
    _map(obj, "spec")
    status = _map(obj, "status")
    for condition in _items(status, "conditions"):
        _null(condition, "lastHeartbeatTime", "lastTransitionTime")
    _fill(status, daemonEndpoints={"kubeletEndpoint": {"Port": 0}})
    _fill(
        status,
        nodeInfo=dict.fromkeys(
            ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
             "kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture"),
            "",
        ),
    )  # fmt: skip
    if status.get("capacity") and not status.get("allocatable"):
        status["allocatable"] = dict(status["capacity"])


def _volume_attachment(obj: Object) -> None:
    _fill(_map(obj, "status"), attached=False)


def _binding(obj: Object) -> None:
    group = "rbac.authorization.k8s.io"
    _fill(_map(obj, "roleRef"), apiGroup=group)
    for subject in _items(obj, "subjects"):
        if subject.get("kind") == "ServiceAccount":
            _fill(subject, namespace="")
        else:
            _fill(subject, apiGroup=group)


def _event(obj: Object) -> None:
    _fill(obj, reportingComponent="", reportingInstance="", source={})
    _null(obj, "eventTime", "firstTimestamp", "lastTimestamp")


_BY_KIND: dict[str, Callable[[Object], None]] = {
    "ClusterRole": lambda role: _null(role, "rules"),
    "ClusterRoleBinding": _binding,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Event": _event,
    "Job": _job,
    "Namespace": _namespace,
    "Node": _node,
    "Pod": _pod,
    "PodDisruptionBudget": _budget,
    "ReplicaSet": _replica_set,
    "Role": lambda role: _null(role, "rules"),
    "RoleBinding": _binding,
    "Secret": lambda secret: _fill(secret, type="Opaque"),
    "StatefulSet": _stateful_set,
    "VolumeAttachment": _volume_attachment,
}
