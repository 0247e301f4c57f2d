"""A namespace, nodes of its own, and a kubelet that is played by hand: what controllers need to show what they do."""

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from functions.adapters.clock import pause
from tests.contract.kube.server import PATIENCE, Object

Objects = list[Object]
_NUMBERS = itertools.count(1)
LABELS = {"app": "web"}
_PATHS = {
    "nodes": "/api/v1/nodes",
    "pods": "/api/v1/namespaces/{}/pods",
    "events": "/api/v1/namespaces/{}/events",
    "serviceaccounts": "/api/v1/namespaces/{}/serviceaccounts",
    "deployments": "/apis/apps/v1/namespaces/{}/deployments",
    "replicasets": "/apis/apps/v1/namespaces/{}/replicasets",
    "statefulsets": "/apis/apps/v1/namespaces/{}/statefulsets",
    "daemonsets": "/apis/apps/v1/namespaces/{}/daemonsets",
    "jobs": "/apis/batch/v1/namespaces/{}/jobs",
    "poddisruptionbudgets": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
}
_BETWEEN = 0.05  # seconds from one look to the next: a machine has more to do than to answer
_READY = [{"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"}]


@dataclass(kw_only=True)
class Stage:
    """Objects are plain dicts. Pods that are made here by any controller fit on the stage's own nodes alone."""

    raw: httpx.Client
    namespace: str
    nodes: list[str] = field(default_factory=list)

    def path(self, resource: str, *steps: str) -> str:
        return "/".join((_PATHS[resource].format(self.namespace), *steps))

    def get(self, resource: str, name: str) -> Object:
        return self._done(self.raw.get(self.path(resource, name)))

    def find(self, resource: str, name: str) -> Object | None:
        answer = self.raw.get(self.path(resource, name))
        return None if answer.status_code == 404 else self._done(answer)

    def list(self, resource: str, **query: str) -> Objects:
        items: Objects = self._done(self.raw.get(self.path(resource), params=query))["items"]
        return items

    def create(self, resource: str, body: Object, **query: str) -> Object:
        return self._done(self.raw.post(self.path(resource), json=body, params=query))

    def patch(self, resource: str, name: str, change: Object, *, subresource: str = "") -> Object:
        path = self.path(resource, name, *([subresource] if subresource else []))
        headers = {"content-type": "application/strategic-merge-patch+json"}
        return self._done(self.raw.patch(path, json=change, headers=headers))

    def delete(self, resource: str, name: str, **options: Any) -> None:
        self._done(self.raw.request("DELETE", self.path(resource, name), json=options))

    def evict(self, name: str) -> None:
        body = {"metadata": {"name": name, "namespace": self.namespace}}
        self._done(self.raw.post(self.path("pods", name, "eviction"), json=body))

    @staticmethod
    def _done(answer: httpx.Response) -> Object:
        assert answer.is_success, answer.text
        body: Object = answer.json()
        return body

    def node(
        self, *, ready: bool = True, cpu: str = "8", pods: str = "20", labels: dict[str, str] | None = None, **spec: Any
    ) -> str:
        """A node of this stage, as its kubelet would have registered it."""
        name = f"stage-{next(_NUMBERS)}"
        metadata = {"name": name, "labels": {"stage": self.namespace, "kubernetes.io/hostname": name, **(labels or {})}}
        self.nodes.append(name)
        self.create("nodes", {"metadata": metadata, "spec": spec})
        room = {"cpu": cpu, "memory": "16Gi", "pods": pods}
        self.patch("nodes", name, {"status": {"capacity": room, "allocatable": room}}, subresource="status")
        self.say(name, Ready="True")
        self.until(lambda: not self._is_tainted(name))
        if not ready:
            self.say(name, Ready="False")
            self.until(lambda: self._is_tainted(name))
        return name

    def _is_tainted(self, node: str) -> bool:
        return any("not-ready" in taint["key"] for taint in taints(self.get("nodes", node)))

    def say(self, node: str, **conditions: str) -> None:
        """What the node's kubelet reports of it."""
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = [{"type": kind, "status": status, "lastHeartbeatTime": moment} for kind, status in conditions.items()]
        self.patch("nodes", node, {"status": {"conditions": said}}, subresource="status")

    def template(self, *, labels: dict[str, str] | None = None, **spec: Any) -> Object:
        container = {"name": "app", "image": "registry.example/app:v1"}
        placed = {"nodeSelector": {"stage": self.namespace}}
        return {"metadata": {"labels": labels or LABELS}, "spec": {"containers": [container], **placed, **spec}}

    def workload(self, resource: str, name: str = "web", **spec: Any) -> Object:
        """Of two replicas, unless its spec says otherwise."""
        size = {} if resource == "daemonsets" else {"replicas": 2}
        body = {"selector": {"matchLabels": LABELS}, "template": self.template(), **size, **spec}
        return self.create(resource, {"metadata": {"name": name}, "spec": body})

    def pod(self, name: str, *, node: str = "", labels: dict[str, str] | None = None, **spec: Any) -> Object:
        """One that nobody owns; where no node is given, the scheduler finds one."""
        placed = {"nodeName": node} if node else {}
        body = {"metadata": {"name": name}, **self.template(labels=labels, **placed, **spec)}
        body["metadata"] = {**body["metadata"], "name": name}
        return self.create("pods", body)

    def report(self, name: str, phase: str, *, ready: bool = True) -> None:
        """What the kubelet reports of a pod."""
        conditions = [{**each, "status": "True" if ready and phase == "Running" else "False"} for each in _READY]
        self.patch("pods", name, {"status": {"phase": phase, "conditions": conditions}}, subresource="status")

    def pods(self) -> Objects:
        """Those that are not on their way out."""
        return [each for each in self.list("pods") if "deletionTimestamp" not in each["metadata"]]

    def until(self, condition: Callable[[], bool], *, kubelets: bool = False, within: float = PATIENCE) -> None:
        """Wait for it; meanwhile, where `kubelets` play, every bound pod runs and every deleted one goes."""
        end = time.monotonic() + within
        while not condition():
            assert time.monotonic() < end, "it never came true"
            if kubelets:
                self._play(self.list("pods"))
            pause(_BETWEEN)

    def _play(self, pods: Iterable[Object]) -> None:
        for pod in pods:
            name, metadata = pod["metadata"]["name"], pod["metadata"]
            if "nodeName" not in pod["spec"]:
                continue
            if "deletionTimestamp" in metadata:
                options = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
                self.raw.request("DELETE", self.path("pods", name), json=options)
            elif pod["status"]["phase"] == "Pending":
                self.report(name, "Running")

    def running(self, count: int) -> Objects:
        """So many pods, all ready."""

        def all_ready() -> bool:
            pods = self.list("pods")
            return len(pods) == count and all(map(is_ready, pods))

        self.until(all_ready, kubelets=True)
        return self.list("pods")


def names(objects: Iterable[Object]) -> set[str]:
    return {each["metadata"]["name"] for each in objects}


def taints(node: Object) -> Objects:
    return node["spec"].get("taints") or []


def conditions(obj: Object) -> dict[str, Object]:
    return {each["type"]: each for each in obj.get("status", {}).get("conditions") or ()}


def is_ready(pod: Object) -> bool:
    return conditions(pod).get("Ready", {}).get("status") == "True" and "deletionTimestamp" not in pod["metadata"]


def owner(obj: Object) -> tuple[str, str, bool]:
    """Kind and name of what controls it, and whether that waits for it when it is deleted in the foreground."""
    (reference,) = obj["metadata"]["ownerReferences"]
    assert reference["controller"] is True
    return reference["kind"], reference["name"], reference["blockOwnerDeletion"]
