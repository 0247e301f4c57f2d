"""GKE's event exporter: every Kubernetes Event, and every change of one, becomes a log entry."""

from typing import Any

from sandbox.google.logstore import Entry, LogStore
from sandbox.kube.client import KubeClient
from sandbox.timestamps import now, rfc3339

_STARTED = "Event exporter started watching. Some events may have been lost up to this point."
_LEFT_OUT = frozenset({"count", "firstTimestamp", "lastTimestamp"})
_NODE_NAMESPACES = frozenset({"default", "kube-system", "kube-node-lease"})


class EventExporter:
    """An ordinary API client. What happened before it began to watch is never exported."""

    def __init__(self, *, client: KubeClient, logs: LogStore, project: str, location: str, cluster: str) -> None:
        self._client = client
        self._logs = logs
        self._log_name = f"projects/{project}/logs/events"
        self._cluster = {"project_id": project, "location": location, "cluster_name": cluster}

    async def run(self) -> None:
        """Export until cancelled."""
        seen: dict[str, str] = {}  # resourceVersion by uid: a list that is repeated brings nothing new
        watching = False
        async for change in self._client.watch("events", bookmarks=True):
            if change.type == "BOOKMARK":
                watching = True
                self._note({"resource": self._resource("k8s_cluster"), "textPayload": _STARTED})
                continue
            metadata = change.object["metadata"]
            if change.type == "DELETED":
                seen.pop(metadata["uid"], None)
                continue
            known = seen.get(metadata["uid"])
            seen[metadata["uid"]] = metadata["resourceVersion"]
            if watching and known != metadata["resourceVersion"]:
                self._note(self.entry(change.object))

    def entry(self, event: dict[str, Any]) -> Entry:
        """The entry for one Event, before Logging completes it."""
        return {
            "resource": self._attributed(event),
            "timestamp": event.get("lastTimestamp") or event.get("eventTime") or rfc3339(now()),
            "severity": "WARNING" if event.get("type") == "Warning" else "INFO",
            "jsonPayload": {
                "apiVersion": "v1",
                "kind": "Event",
                **{key: value for key, value in event.items() if key not in _LEFT_OUT},
            },
        }

    def _note(self, entry: Entry) -> None:
        self._logs.write({"logName": self._log_name, **entry})

    def _attributed(self, event: dict[str, Any]) -> dict[str, Any]:
        """To the pod or node that it is about, where its namespace may speak of that; else to the cluster."""
        about = event.get("involvedObject", {})
        namespace, name = event["metadata"].get("namespace", ""), about.get("name", "")
        if about.get("kind") == "Pod" and about.get("namespace") == namespace:
            return self._resource("k8s_pod", namespace_name=namespace, pod_name=name)
        if about.get("kind") == "Node" and namespace in _NODE_NAMESPACES:
            return self._resource("k8s_node", node_name=name)
        return self._resource("k8s_cluster")

    def _resource(self, kind: str, **labels: str) -> dict[str, Any]:
        return {"type": kind, "labels": {**self._cluster, **labels}}
