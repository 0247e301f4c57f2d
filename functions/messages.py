r"""Pub/Sub payloads, parsed once at the door. Behind this file there are no dicts of strangers.

A pull failure is a LogEntry as the sink publishes it (`resource.type` k8s_pod, `jsonPayload` a core/v1 Event
without its count and timestamps):

    {"resource": {"type": "k8s_pod", "labels": {"project_id": "acme-prod", "location": "us-central1",
      "cluster_name": "main", "namespace_name": "prod-app", "pod_name": "ocr-worker-7d9-x2x"}},
     "timestamp": "2026-11-23T17:00:00Z", "severity": "WARNING",
     "jsonPayload": {"reason": "Failed", "type": "Warning", "message": "Failed to pull image \"…\": …",
       "involvedObject": {"kind": "Pod", "namespace": "prod-app", "name": "ocr-worker-7d9-x2x", "uid": "…",
         "fieldPath": "spec.containers{worker}"}, "source": {"component": "kubelet", "host": "gke-main-a-1"}}}

A step is small JSON, fit for a hand to write; everything but the action has a default:

    {"action": "start", "cluster": "acme-prod/us-central1/main", "nodes": "gke-main-a-1", "image": "…",
     "method": "Reset", "reason": "grants changed", "force": true}
    {"action": "continue", "cluster": "…", "refresh": "refresh-1a2b3c", "slot": 0, "step": 4}
    {"action": "abort", "cluster": "…", "refresh": "refresh-1a2b3c"}
    {"action": "sweep"}
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from functions.errors import BadInput, NotOurs
from functions.model.names import ClusterKey, ImageRef
from functions.model.refresh import Method
from functions.settings import parse_max_unavailable

MAX_BYTES = 256 * 1024
"""Cloud Logging's own limit of a LogEntry (its quotas page): whatever is larger never came from a sink."""

MOST_NODES = 1000
"""As the custom resource's schema has it."""

_NODE_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?")
_OBJECT_NAME = _NODE_NAME


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """A Pub/Sub message as a CloudEvent carries it: its id and its bytes."""

    message_id: str
    data: bytes
    attributes: dict[str, str]

    @classmethod
    def open(cls, event_data: object) -> Self:
        """Read the CloudEvent's data (`{"message": {"data": base64, …}}`); raises BadInput."""
        message = event_data.get("message") if isinstance(event_data, dict) else None
        if not isinstance(message, dict):
            raise BadInput(field="message", value=event_data, accepted="a Pub/Sub push body with a message")
        encoded = message.get("data", "")
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise BadInput(field="message.data", value=encoded, accepted="base64") from None
        attributes = message.get("attributes")
        return cls(
            message_id=str(message.get("messageId") or message.get("message_id") or ""),
            data=data,
            attributes={str(k): str(v) for k, v in attributes.items()} if isinstance(attributes, dict) else {},
        )

    def json(self) -> dict[str, Any]:
        """The payload as a JSON object; raises BadInput."""
        if not self.data:
            raise BadInput(field="message.data", value="", accepted="a JSON object", example='{"action": "sweep"}')
        if len(self.data) > MAX_BYTES:
            raise BadInput(field="message.data", value=f"{len(self.data)} bytes", accepted=f"at most {MAX_BYTES} bytes")
        try:
            payload = json.loads(self.data)
        except (ValueError, RecursionError) as error:
            raise BadInput(field="message.data", value=self.data[:80], accepted=f"JSON ({error})") from None
        if not isinstance(payload, dict):
            raise BadInput(field="message.data", value=payload, accepted="a JSON object")
        return payload


@dataclass(frozen=True, kw_only=True, slots=True)
class PullFailure:
    """A hint that a pod can't pull. Nothing in it is proof: everything is read again before anything happens."""

    cluster: ClusterKey
    namespace: str
    pod: str
    pod_uid: str
    container: str  # from the event's fieldPath; "" where it has none
    node_hint: str
    reason: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    cluster: ClusterKey
    nodes: tuple[str, ...] = ()
    image: ImageRef | None = None
    method: Method = Method.RESET
    reason: str = ""
    requested_by: str = ""
    max_unavailable: str = ""
    force: bool = False
    dry_run: bool = False
    delete_bare_pods: bool = False
    delete_local_storage: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Continue:
    """The chain's own message: this slot of this refresh, at this step."""

    cluster: ClusterKey
    refresh: str
    slot: int
    step: int

    def json(self) -> dict[str, object]:
        return {
            "action": "continue",
            "cluster": str(self.cluster),
            "refresh": self.refresh,
            "slot": self.slot,
            "step": self.step,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Abort:
    cluster: ClusterKey
    refresh: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    clusters: tuple[ClusterKey, ...]


Step = Start | Continue | Abort | Sweep


def parse_pull_failure(entry: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> PullFailure:
    """Read a LogEntry.

    Raises NotOurs (noise: no event, another cluster, not a pod) and BadInput (an event without a name).
    """
    event = entry.get("jsonPayload")
    if not isinstance(event, dict):
        raise NotOurs("jsonPayload: missing; only Kubernetes events are handled, check the sink's filter")
    labels = _mapping(_mapping(entry, "resource"), "labels")
    key = _ours("/".join(str(labels.get(name, "")) for name in ("project_id", "location", "cluster_name")), clusters)
    involved = _mapping(event, "involvedObject")
    if involved.get("kind") != "Pod":
        raise NotOurs(f"jsonPayload.involvedObject.kind: {involved.get('kind')!r} is not Pod, check the sink's filter")
    field_path = re.fullmatch(r"spec\.\w+\{(.+)\}", str(involved.get("fieldPath", "")))
    return PullFailure(
        cluster=key,
        namespace=_name(involved, "namespace", "jsonPayload.involvedObject.namespace"),
        pod=_name(involved, "name", "jsonPayload.involvedObject.name"),
        pod_uid=str(involved.get("uid", ""))[:64],
        container=field_path[1] if field_path else "",
        node_hint=_node_hint(event),
        reason=str(event.get("reason", "")),
        message=str(event.get("message", "")),
    )


def _node_hint(event: Mapping[str, Any]) -> str:
    """The kubelet's node as the event claims it; "" where it is no node's name."""
    host = _mapping(event, "source").get("host") or event.get("reportingInstance")
    return host if isinstance(host, str) and _NODE_NAME.fullmatch(host) else ""


def parse_step(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Step:
    """Read a step message. Raises BadInput, which names the field, what is accepted, and an example."""
    action = payload.get("action")
    if not isinstance(action, str) or action not in _STEPS:
        raise BadInput(
            field="action",
            value=action,
            accepted=", ".join(_STEPS),
            example='{"action": "start", "reason": "grants changed"}',
        )
    build, accepted = _STEPS[action]
    unknown = sorted(set(payload) - {"action", *accepted})
    if unknown:
        raise BadInput(
            field=unknown[0], value=payload[unknown[0]], accepted=f"only {', '.join(accepted)} with action {action}"
        )
    return build(payload, clusters)


def _start(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Start:
    nodes = payload.get("nodes", ())
    if isinstance(nodes, str):
        nodes = [name.strip() for name in nodes.split(",") if name.strip()]
    if not isinstance(nodes, list | tuple):
        raise BadInput(field="nodes", value=nodes, accepted="node names, as a list or separated by commas")
    if "nodes" in payload and not 1 <= len(nodes) <= MOST_NODES:
        accepted = f"1 to {MOST_NODES} node names; leave it out for every node in scope"
        raise BadInput(field="nodes", value=payload["nodes"], accepted=accepted)
    for name in nodes:
        if not isinstance(name, str) or not _NODE_NAME.fullmatch(name):
            raise BadInput(
                field="nodes",
                value=name,
                accepted="node names (lower case letters, digits, '-' and '.')",
                example="gke-main-a-1",
            )
    method = payload.get("method", Method.RESET)
    if not isinstance(method, str) or method not in tuple(Method):
        raise BadInput(field="method", value=method, accepted=", ".join(Method))
    image = payload.get("image", "")
    if not isinstance(image, str):
        raise BadInput(
            field="image",
            value=image,
            accepted="an image reference",
            example="us-central1-docker.pkg.dev/acme/apps/api:v1",
        )
    unavailable = payload.get("maxUnavailable", "")
    try:
        max_unavailable = parse_max_unavailable(str(unavailable)) if unavailable != "" else ""
    except ValueError:
        raise BadInput(
            field="maxUnavailable", value=unavailable, accepted="a number from 1 to 50, or a percentage from 1% to 50%"
        ) from None
    return Start(
        cluster=_cluster(payload, clusters),
        nodes=tuple(dict.fromkeys(nodes)),
        image=ImageRef.parse(image) if image else None,
        method=Method(method),
        reason=_text(payload, "reason"),
        requested_by=_text(payload, "requestedBy", limit=256),
        max_unavailable=max_unavailable,
        force=_flag(payload, "force"),
        dry_run=_flag(payload, "dryRun"),
        delete_bare_pods=_flag(payload, "deleteBarePods"),
        delete_local_storage=_flag(payload, "deleteLocalStorage"),
    )


def _continue(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Continue:
    return Continue(
        cluster=_cluster(payload, clusters),
        refresh=_name(payload, "refresh", "refresh"),
        slot=_number(payload, "slot", most=49),
        step=_number(payload, "step", most=2**31),
    )


def _abort(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Abort:
    return Abort(
        cluster=_cluster(payload, clusters),
        refresh=_name(payload, "refresh", "refresh"),
        reason=_text(payload, "reason"),
    )


def _sweep(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Sweep:
    return Sweep(clusters=(_cluster(payload, clusters),) if payload.get("cluster", "") != "" else clusters)


_STEPS: dict[str, tuple[Callable[[Mapping[str, Any], tuple[ClusterKey, ...]], Step], tuple[str, ...]]] = {
    "start": (
        _start,
        (
            "cluster",
            "nodes",
            "image",
            "method",
            "reason",
            "requestedBy",
            "maxUnavailable",
            "force",
            "dryRun",
            "deleteBarePods",
            "deleteLocalStorage",
        ),
    ),
    "continue": (_continue, ("cluster", "refresh", "slot", "step")),
    "abort": (_abort, ("cluster", "refresh", "reason")),
    "sweep": (_sweep, ("cluster",)),
}


def _cluster(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> ClusterKey:
    text = payload.get("cluster", "")
    if text == "" and len(clusters) == 1:
        return clusters[0]
    accepted = ", ".join(map(str, clusters))
    if not isinstance(text, str) or not text:
        raise BadInput(field="cluster", value=text, accepted=f"one of {accepted}")
    key = ClusterKey.parse(text)
    if key not in clusters:
        raise BadInput(field="cluster", value=text, accepted=f"one of {accepted}, or add it to REPULL_CLUSTERS")
    return key


def _ours(text: str, clusters: tuple[ClusterKey, ...]) -> ClusterKey:
    for key in clusters:
        if str(key) == text:
            return key
    raise NotOurs(
        f"resource.labels: cluster {text!r} is not served; add it to REPULL_CLUSTERS or narrow the sink's filter"
    )


def _mapping(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _name(parent: Mapping[str, Any], key: str, field: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str) or not _OBJECT_NAME.fullmatch(value):
        raise BadInput(field=field, value=value, accepted="the name of a Kubernetes object")
    return value


def _text(payload: Mapping[str, Any], key: str, limit: int = 512) -> str:
    value = payload.get(key, "")
    if not isinstance(value, str) or len(value) > limit:
        raise BadInput(field=key, value=value, accepted=f"text of at most {limit} characters")
    return value


def _flag(payload: Mapping[str, Any], key: str) -> bool:
    value = payload.get(key, False)
    if not isinstance(value, bool):
        raise BadInput(field=key, value=value, accepted="true or false")
    return value


def _number(payload: Mapping[str, Any], key: str, *, most: int) -> int:
    value = payload.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadInput(field=key, value=value, accepted=f"a whole number from 0 to {most}")
    return value
