"""The crowd around the nodes that matter: KWOK's nodes with thirty running pods each, as they are when all is quiet."""

import asyncio
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bench.scale import etcd
from sandbox.kube import times
from sandbox.kube.client import KubeClient
from sandbox.objects.kinds import Object
from sandbox.real.kwok import background_node
from sandbox.scenarios import workloads

PODS_PER_NODE = 30
PODS_PER_NAMESPACE = 3000
"""As many as Kubernetes is tested with (kubernetes/community, sig-scalability/configs-and-limits/thresholds.md)."""

_SECONDS = 900.0
_LOOK_AGAIN = 2.0
_AT_ONCE = 10  # nodes that are labelled side by side
_LEASES = "kube-node-lease"


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """`labels` are those of its nodes. `shared` is a namespace that has, or will have, so many other pods."""

    nodes: int
    labels: dict[str, str]
    shared: str
    others: int

    async def gather(self, client: KubeClient, etcd_url: str, say: Callable[[str], None]) -> None:
        """Returns when all of it is there; KWOK need not run yet."""
        for name in {namespace for namespace, _, _ in self._places()} - {self.shared}:
            await client.create("namespaces", workloads.namespace(name))
        await etcd.write(etcd_url, self._objects(), say)

    async def is_kept(self, client: KubeClient) -> None:
        """Returns when KWOK keeps every node, which then has a lease."""
        async with asyncio.timeout(_SECONDS):
            while len(await client.list("leases", _LEASES)) < self.nodes:  # noqa: ASYNC110 # nobody tells
                await asyncio.sleep(_LOOK_AGAIN)

    async def bear(self, client: KubeClient, labels: Mapping[str, str | None]) -> None:
        """Its nodes get these labels, besides their own; they lose those that are None."""
        names = self._names()

        async def labeller() -> None:
            for name in names:
                await client.patch("nodes", name, {"metadata": {"labels": dict(labels)}})

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(labeller())

    def _names(self) -> Iterator[str]:
        return (f"crowd-{number:05}" for number in range(self.nodes))

    def _places(self) -> Iterator[tuple[str, str, str]]:
        """Namespace, name and node of each pod. The shared namespace is filled up first."""
        number = self.others
        for node in self._names():
            for ordinal in range(PODS_PER_NODE):
                folder = number // PODS_PER_NAMESPACE
                yield f"crowd-{folder:02}" if folder else self.shared, f"{node}-{ordinal:02}", node
                number += 1

    def _objects(self) -> Iterator[Object]:
        now = times.seconds(times.now())
        for node in self._names():
            yield _node(node, self.labels, now)
        for namespace, name, node in self._places():
            yield _pod(namespace, name, node, now)


def _node(name: str, labels: dict[str, str], now: str) -> Object:
    node = background_node(name, labels=labels)
    node["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": now}
    node["spec"] = {"providerID": f"gce://acme-prod/us-central1-a/{name}"}
    since = {"lastHeartbeatTime": now, "lastTransitionTime": now}
    healthy = [
        {"type": kind, "status": "False", "reason": f"KubeletHas{reason}", "message": f"kubelet has {reason}", **since}
        for kind, reason in (("MemoryPressure", "SufficientMemory"), ("DiskPressure", "NoDiskPressure"))
    ]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is ready", **since}
    node["status"] |= {"conditions": [*healthy, ready], "phase": "Running", "nodeInfo": _INFO}
    return node


def _pod(namespace: str, name: str, node: str, now: str) -> Object:
    """One of a Deployment's, in all that makes it large."""
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    container = _CONTAINER["name"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": namespace,
            "name": name,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": now,
            "labels": {"app": "crowd", "pod-template-hash": "6d4cf56db6"},
        },
        "spec": {**_SPEC, "nodeName": node},
        "status": {
            "phase": "Running",
            "qosClass": "Burstable",
            "startTime": now,
            "hostIP": "10.128.0.2",
            "podIP": "10.8.0.2",
            "podIPs": [{"ip": "10.8.0.2"}],
            "conditions": [{"type": kind, "status": "True", "lastTransitionTime": now} for kind in conditions],
            "containerStatuses": [
                {
                    "name": container,
                    "ready": True,
                    "started": True,
                    "restartCount": 0,
                    "image": _CONTAINER["image"],
                    "imageID": f"{_CONTAINER['image']}@sha256:{'5' * 64}",
                    "containerID": f"containerd://{'7' * 64}",
                    "state": {"running": {"startedAt": now}},
                }
            ],
        },
    }


_INFO = {
    "machineID": "",
    "systemUUID": "",
    "bootID": "",
    "kernelVersion": "6.12.46+",
    "osImage": "Container-Optimized OS from Google",
    "containerRuntimeVersion": "containerd://2.1.5",
    "kubeletVersion": "v1.34.4",
    "kubeProxyVersion": "",
    "operatingSystem": "linux",
    "architecture": "amd64",
}
_CONTAINER: Object = {
    "name": "worker",
    "image": "us-central1-docker.pkg.dev/acme-prod/crowd/api:v1",
    "imagePullPolicy": "IfNotPresent",
    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "volumeMounts": [{"name": "token", "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
}
_SPEC: Object = {
    "containers": [_CONTAINER],
    "dnsPolicy": "ClusterFirst",
    "enableServiceLinks": True,
    "preemptionPolicy": "PreemptLowerPriority",
    "priority": 0,
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "serviceAccount": "default",
    "serviceAccountName": "default",
    "terminationGracePeriodSeconds": 30,
    "tolerations": [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for key in ("not-ready", "unreachable")
    ],
    "volumes": [
        {
            "name": "token",
            "projected": {
                "defaultMode": 420,
                "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                ],
            },
        }
    ],
}
