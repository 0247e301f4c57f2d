r"""A pull failure is a LogEntry as the sink publishes it.

`resource.type` is k8s_pod, and `jsonPayload` a core/v1 Event without its count and timestamps:

    {"resource": {"type": "k8s_pod", "labels": {"project_id": "acme-prod", "location": "us-central1",
      "cluster_name": "main", "namespace_name": "prod-app", "pod_name": "ocr-worker-7d9-x2x"}},
     "timestamp": "2026-11-23T17:00:00Z", "severity": "WARNING",
     "jsonPayload": {"reason": "Failed", "type": "Warning", "message": "Failed to pull image \"…\": …",
       "involvedObject": {"kind": "Pod", "namespace": "prod-app", "name": "ocr-worker-7d9-x2x", "uid": "…",
         "fieldPath": "spec.containers{worker}"}, "source": {"component": "kubelet", "host": "gke-main-a-1"}}}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.errors import NotOurs
from functions.messages.fields import NODE_NAME, mapping, object_name
from functions.model.names import ClusterKey


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


def parse_pull_failure(entry: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> PullFailure:
    """Read a LogEntry.

    Raises NotOurs (noise: no event, another cluster, not a pod) and BadInput (an event without a name).
    """
    event = entry.get("jsonPayload")
    if not isinstance(event, dict):
        raise NotOurs("jsonPayload: missing; only Kubernetes events are handled, check the sink's filter")
    labels = mapping(mapping(entry, "resource"), "labels")
    key = _ours("/".join(str(labels.get(name, "")) for name in ("project_id", "location", "cluster_name")), clusters)
    involved = mapping(event, "involvedObject")
    if involved.get("kind") != "Pod":
        raise NotOurs(f"jsonPayload.involvedObject.kind: {involved.get('kind')!r} is not Pod, check the sink's filter")
    field_path = re.fullmatch(r"spec\.\w+\{(.+)\}", str(involved.get("fieldPath", "")))
    return PullFailure(
        cluster=key,
        namespace=object_name(involved, "namespace", "jsonPayload.involvedObject.namespace"),
        pod=object_name(involved, "name", "jsonPayload.involvedObject.name"),
        pod_uid=str(involved.get("uid", ""))[:64],
        container=field_path[1] if field_path else "",
        node_hint=_node_hint(event),
        reason=str(event.get("reason", "")),
        message=str(event.get("message", "")),
    )


def _node_hint(event: Mapping[str, Any]) -> str:
    """The kubelet's node as the event claims it; "" where it is no node's name."""
    host = mapping(event, "source").get("host") or event.get("reportingInstance")
    return host if isinstance(host, str) and NODE_NAME.fullmatch(host) else ""


def _ours(text: str, clusters: tuple[ClusterKey, ...]) -> ClusterKey:
    for key in clusters:
        if str(key) == text:
            return key
    raise NotOurs(
        f"resource.labels: cluster {text!r} is not served; add it to REPULL_CLUSTERS or narrow the sink's filter"
    )
