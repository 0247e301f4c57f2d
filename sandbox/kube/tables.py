"""Tables, as `kubectl get` asks for them: the columns of each kind and the cells of an object."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.kube import jsonpath, times
from sandbox.kube.podtable import pod_cells
from sandbox.kube.resources import Column, Resource

Object = dict[str, Any]
Cells = Callable[[Object, datetime], list[Any]]


_TYPES = {"#": "integer", "?": "boolean", "@": "date"}


@dataclass(frozen=True, slots=True)
class Table:
    """A `~` before a column's name shows it with `-o wide` only; a sign after it says what it holds if not text."""

    columns: tuple[str, ...]
    cells: Cells

    def definitions(self) -> list[Object]:
        return [
            {
                "name": column.strip("~#?@"),
                "type": _TYPES.get(column[-1], "string"),
                "format": "name" if column.strip("~") == "Name" else "",
                "description": "",
                "priority": 1 if column.startswith("~") else 0,
            }
            for column in self.columns
        ]


def columns_of(resource: Resource) -> list[Object]:
    """The column definitions of a kind's table."""
    if resource.columns:
        name: Object = {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}
        return [name, *(_definition(each) for each in resource.columns)]
    return _TABLES.get(resource.kind, _PLAIN).definitions()


def row_of(obj: Object, resource: Resource, *, at: datetime) -> list[Any]:
    """The cells of one object, in the order of its columns."""
    if resource.columns:
        return [obj["metadata"]["name"], *(_custom_cell(obj, each, at) for each in resource.columns)]
    return _TABLES.get(resource.kind, _PLAIN).cells(obj, at)


def _definition(column: Column) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": "",
        "description": column.description,
        "priority": column.priority,
    }


def _custom_cell(obj: Object, column: Column, at: datetime) -> Any:
    value = jsonpath.find(obj, column.path)
    if value is None:
        return None
    if column.type == "date":
        return times.age(value, at=at)
    return value if column.type in {"integer", "number", "boolean"} else str(value)


def _age(obj: Object, at: datetime) -> str:
    return times.age(obj["metadata"].get("creationTimestamp"), at=at)


def _plain(obj: Object, _: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp")]


def _node(obj: Object, at: datetime) -> list[Any]:
    metadata, spec, status = obj["metadata"], obj["spec"], obj["status"]
    ready = next((each for each in status.get("conditions") or [] if each["type"] == "Ready"), None)
    words = ["Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"]
    if spec.get("unschedulable"):
        words.append("SchedulingDisabled")
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key.removeprefix(prefix) for key in metadata.get("labels") or {} if key.startswith(prefix))
    addresses = {each["type"]: each["address"] for each in reversed(status.get("addresses") or [])}
    info = status["nodeInfo"]
    return [
        metadata["name"],
        ",".join(words),
        ",".join(roles) or "<none>",
        _age(obj, at),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info.get("osImage") or "<unknown>",
        info.get("kernelVersion") or "<unknown>",
        info.get("containerRuntimeVersion") or "<unknown>",
    ]


def _containers(spec: Object) -> tuple[str, str]:
    containers = spec["template"]["spec"]["containers"]
    return ",".join(each["name"] for each in containers), ",".join(each["image"] for each in containers)


def _selector(selector: Object | None) -> str:
    labels = (selector or {}).get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "<none>"


def _deployment(obj: Object, at: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    return [
        obj["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec['replicas']}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        _age(obj, at),
        *_containers(spec),
        _selector(spec.get("selector")),
    ]


def _replica_set(obj: Object, at: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    counts = [spec["replicas"], status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [obj["metadata"]["name"], *counts, _age(obj, at), *_containers(spec), _selector(spec.get("selector"))]


def _stateful_set(obj: Object, at: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec['replicas']}"
    return [obj["metadata"]["name"], ready, _age(obj, at), *_containers(spec)]


def _daemon_set(obj: Object, at: datetime) -> list[Any]:
    spec, status = obj["spec"], obj["status"]
    node_selector = spec["template"]["spec"].get("nodeSelector") or {}
    return [
        obj["metadata"]["name"],
        status["desiredNumberScheduled"],
        status["currentNumberScheduled"],
        status["numberReady"],
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        ",".join(f"{key}={value}" for key, value in sorted(node_selector.items())) or "<none>",
        _age(obj, at),
        *_containers(spec),
        _selector(spec.get("selector")),
    ]


def _job(obj: Object, at: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    ended = next((each["type"] for each in status.get("conditions") or [] if each["status"] == "True"), None)
    done = f"{status.get('succeeded', 0)}/{spec.get('completions') or 1}"
    end = times.parse(status["completionTime"]) if status.get("completionTime") else at
    duration = times.age(status["startTime"], at=end) if status.get("startTime") else ""
    shown = [obj["metadata"]["name"], ended or "Running", done, duration, _age(obj, at)]
    return [*shown, *_containers(spec), _selector(spec.get("selector"))]


def _budget(obj: Object, at: datetime) -> list[Any]:
    spec, status = obj["spec"], obj["status"]
    bounds = [str(spec[each]) if spec.get(each) is not None else "N/A" for each in ("minAvailable", "maxUnavailable")]
    return [obj["metadata"]["name"], *bounds, status["disruptionsAllowed"], _age(obj, at)]


def _event(obj: Object, at: datetime) -> list[Any]:
    about, source = obj["involvedObject"], obj.get("source") or {}
    last = obj.get("lastTimestamp") or obj.get("eventTime") or obj.get("firstTimestamp")
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    return [
        times.age(last, at=at),
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        about.get("fieldPath", ""),
        ", ".join(filter(None, (source.get("component") or obj.get("reportingComponent"), source.get("host")))),
        (obj.get("message") or "").strip(),
        times.age(first, at=at),
        obj.get("count") or 1,
        obj["metadata"]["name"],
    ]


def _lease(obj: Object, at: datetime) -> list[Any]:
    return [obj["metadata"]["name"], (obj.get("spec") or {}).get("holderIdentity") or "", _age(obj, at)]


def _namespace(obj: Object, at: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj["status"]["phase"], _age(obj, at)]


def _config_map(obj: Object, at: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), _age(obj, at)]


def _secret(obj: Object, at: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj["type"], len(obj.get("data") or {}), _age(obj, at)]


def _service_account(obj: Object, at: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("secrets") or []), _age(obj, at)]


def _binding(obj: Object, at: datetime) -> list[Any]:
    role, subjects = obj["roleRef"], obj.get("subjects") or []
    named = {kind: [each for each in subjects if each["kind"] == kind] for kind in ("User", "Group", "ServiceAccount")}
    return [
        obj["metadata"]["name"],
        f"{role['kind']}/{role['name']}",
        _age(obj, at),
        ", ".join(each["name"] for each in named["User"]),
        ", ".join(each["name"] for each in named["Group"]),
        ", ".join(f"{each['namespace']}/{each['name']}" for each in named["ServiceAccount"]),
    ]


def _volume_attachment(obj: Object, at: datetime) -> list[Any]:
    spec = obj["spec"]
    volume = spec["source"].get("persistentVolumeName") or "<unset>"
    return [
        obj["metadata"]["name"],
        spec["attacher"],
        volume,
        spec["nodeName"],
        obj["status"]["attached"],
        _age(obj, at),
    ]


_WORKLOAD = ("~Containers", "~Images", "~Selector")
_BINDING = ("Name", "Role", "Age", "~Users", "~Groups", "~ServiceAccounts")
_PLAIN = Table(("Name", "Created At@"), _plain)
_TABLES = {
    "ClusterRoleBinding": Table(_BINDING, _binding),
    "ConfigMap": Table(("Name", "Data", "Age"), _config_map),
    "DaemonSet": Table(
        ("Name", "Desired#", "Current#", "Ready#", "Up-to-date#", "Available#", "Node Selector", "Age", *_WORKLOAD),
        _daemon_set,
    ),
    "Deployment": Table(("Name", "Ready", "Up-to-date", "Available", "Age", *_WORKLOAD), _deployment),
    "Event": Table(
        ("Last Seen", "Type", "Reason", "Object", "~Subobject", "~Source", "Message", "~First Seen", "~Count", "~Name"),
        _event,
    ),
    "Job": Table(("Name", "Status", "Completions", "Duration", "Age", *_WORKLOAD), _job),
    "Lease": Table(("Name", "Holder", "Age"), _lease),
    "Namespace": Table(("Name", "Status", "Age"), _namespace),
    "Node": Table(
        ("Name", "Status", "Roles", "Age", "Version", "~Internal-IP", "~External-IP", "~OS-Image", "~Kernel-Version",
         "~Container-Runtime"),
        _node,
    ),
    "Pod": Table(
        ("Name", "Ready", "Status", "Restarts", "Age", "~IP", "~Node", "~Nominated Node", "~Readiness Gates"),
        pod_cells,
    ),
    "PodDisruptionBudget": Table(
        ("Name", "Min Available", "Max Unavailable", "Allowed Disruptions#", "Age"), _budget,
    ),
    "ReplicaSet": Table(("Name", "Desired#", "Current#", "Ready#", "Age", *_WORKLOAD), _replica_set),
    "RoleBinding": Table(_BINDING, _binding),
    "Secret": Table(("Name", "Type", "Data", "Age"), _secret),
    "ServiceAccount": Table(("Name", "Secrets", "Age"), _service_account),
    "StatefulSet": Table(("Name", "Ready", "Age", "~Containers", "~Images"), _stateful_set),
    "VolumeAttachment": Table(("Name", "Attacher", "PV", "Node", "Attached?", "Age"), _volume_attachment),
}  # fmt: skip
