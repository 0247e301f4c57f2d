"""The cluster in which nodes are drained: a real control plane, and kubelets that do no more than a drain can notice.

A kubelet here brings its pods into the state that their annotation asks for, and ends those that are being deleted.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.identities import Identities
from sandbox.kube import KubeClient
from sandbox.kube.client import ApiError
from sandbox.real.authentication import Authenticator
from sandbox.real.controlplane import ControlPlane, control_plane, install
from sandbox.real.flags import Timing
from sandbox.serving import serve
from tests.contract.adapters.product import KEY

Object = dict[str, Any]

STATE = "drain.test/state"
"""Annotation of a pod: the state into which its kubelet brings it; ready where there is none."""
ENDS = "drain.test/ends"
"""Annotation of a pod: when its kubelet ends it after its deletion."""
ONCE_CORDONED, ONCE_REPLACED, NEVER = "once-cordoned", "once-replaced", "never"

POOL = "pool-1"
OPEN = "a-node"  # of those that take pods; first in the alphabet, as a preflight looks at a few nodes only
PATIENCE = 90.0
"""Seconds for anything that must happen; a busy machine takes its time."""

_WATCHED = ("pods", "nodes", "poddisruptionbudgets")
_GONE = (404, 409)


class Calm(KubeClient):
    """With few calls under way at a time: its pool looks at every connection for every call."""

    def __init__(self, *, url: str, ca: Path, token: str) -> None:
        super().__init__(url=url, ca=ca, token=token)
        self._turns = asyncio.Semaphore(8)

    async def _call(self, *args: Any, **kwargs: Any) -> Object:
        async with self._turns:
            return await super()._call(*args, **kwargs)


class Stalled(AssertionError):
    """What should have happened did not."""


class Yard:
    """What is there, as watches tell it, and the kubelets that look after it."""

    def __init__(self, plane: ControlPlane, identities: Identities, client: KubeClient) -> None:
        self.plane = plane
        self.identities = identities
        self.client = client
        self._seen: dict[str, dict[str, dict[str, Object]]] = {plural: defaultdict(dict) for plural in _WATCHED}
        self._changed: dict[str, asyncio.Condition] = defaultdict(asyncio.Condition)  # by namespace
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: set[str] = set()  # pods, by uid
        self.listeners: dict[str, Callable[[], None]] = {}  # namespace -> called at every change there

    def pods(self, namespace: str) -> list[Object]:
        return list(self._seen["pods"][namespace].values())

    def get(self, plural: str, name: str, namespace: str = "") -> Object | None:
        return self._seen[plural][namespace].get(name)

    async def until(self, namespace: str, condition: Callable[[], bool], what: str) -> None:
        """Wait for it; it is asked at every change in the namespace. Raises Stalled."""
        changed = self._changed[namespace]
        try:
            async with asyncio.timeout(PATIENCE), changed:
                await changed.wait_for(condition)
        except TimeoutError as error:
            raise Stalled(f"{namespace}: {what}") from error

    async def watch(self, plural: str) -> None:
        async for event in self.client.watch(plural):
            metadata = event.object["metadata"]
            namespace = metadata.get("namespace", "")
            if event.type == "DELETED":
                self._seen[plural][namespace].pop(metadata["name"], None)
            else:
                self._seen[plural][namespace][metadata["name"]] = event.object
                self._look_after(plural, event.object)
            if listener := self.listeners.get(namespace):
                listener()
            if changed := self._changed.get(namespace):
                async with changed:
                    changed.notify_all()

    def _look_after(self, plural: str, obj: Object) -> None:
        if plural == "pods":
            self._start(obj)
            for pod in self.pods(obj["metadata"]["namespace"]):
                if annotation(pod, ENDS) == ONCE_REPLACED and "deletionTimestamp" in pod["metadata"]:
                    self._start(pod)
        if plural == "nodes" and obj["spec"].get("unschedulable"):
            name = obj["metadata"]["name"]  # what runs on a node is in namespaces that begin with its name
            for namespace in [each for each in self._seen["pods"] if each.startswith(name)]:
                for pod in self.pods(namespace):
                    self._start(pod)

    def _start(self, pod: Object) -> None:
        if pod["spec"].get("nodeName"):
            task = asyncio.create_task(self._tend(pod))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tend(self, pod: Object) -> None:
        """What a kubelet does about its pod."""
        metadata = pod["metadata"]
        name, namespace = metadata["name"], metadata["namespace"]
        try:
            if "deletionTimestamp" not in metadata:
                wanted, current = _status(annotation(pod, STATE) or "ready"), pod.get("status") or {}
                if (current.get("phase"), is_ready(pod)) != (wanted["phase"], _ready(wanted)):
                    await self.client.patch("pods/status", name, {"status": wanted}, namespace)
            elif metadata["uid"] not in self._ended and self._ends(pod):
                self._ended.add(metadata["uid"])
                await self._noticed(name, namespace)
                if metadata.get("finalizers"):  # a Job's controller wants to see how it ended
                    await self.client.patch("pods/status", name, {"status": _status("failed")}, namespace)
                await self.client.delete("pods", name, namespace, grace=0, uid=metadata["uid"])
        except ApiError as error:
            if error.status not in _GONE:
                raise

    async def _noticed(self, name: str, namespace: str) -> None:
        """Budgets know that the pod is going: else one that comes back under its name passes for it, for two minutes.

        The disruption controller strikes a pod that was evicted off its list once it sees it deleted (a real kubelet
        is never so quick that it doesn't), or two minutes later (its DeletionTimeout).
        """
        if not self._seen["poddisruptionbudgets"][namespace]:
            return
        for budget in await self.client.list("poddisruptionbudgets", namespace):
            about = budget["metadata"]["name"]
            version = int(budget["metadata"]["resourceVersion"])

            def noticed(about: str = about, version: int = version) -> bool:
                found = self.get("poddisruptionbudgets", about, namespace)
                if found is None:
                    return True
                going: Object = (found.get("status") or {}).get("disruptedPods") or {}
                known: int = int(found["metadata"]["resourceVersion"])
                return known >= version and name not in going

            await self.until(namespace, noticed, f"budget {about} notices that {name} is going")

    def _ends(self, pod: Object) -> bool:
        when = annotation(pod, ENDS)
        if when == ONCE_CORDONED:
            found = self.get("nodes", pod["spec"]["nodeName"])
            return found is None or bool(found["spec"].get("unschedulable"))
        if when == ONCE_REPLACED:
            return any(_replaces(each, pod) for each in self.pods(pod["metadata"]["namespace"]))
        return when != NEVER


def _replaces(pod: Object, other: Object) -> bool:
    """Whether it came for the other, to the same node: only those that were there first say when they end."""
    same = all(one(pod) == one(other) for one in (_node, _labels))
    return same and not annotation(pod, ENDS)


def _node(pod: Object) -> Any:
    return pod["spec"].get("nodeName")


def _labels(pod: Object) -> Any:
    return pod["metadata"].get("labels")


_PHASES = {
    "ready": "Running",
    "unready": "Running",
    "pending": "Pending",
    "succeeded": "Succeeded",
    "failed": "Failed",
}


def _status(state: str) -> Object:
    ready = "True" if state == "ready" else "False"
    return {"phase": _PHASES[state], "conditions": [{"type": "Ready", "status": ready}]}


def _ready(status: Object) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or ())


def annotation(pod: Object, key: str) -> str:
    """Its value, empty where there is none."""
    return str((pod["metadata"].get("annotations") or {}).get(key, ""))


def is_ready(pod: Object) -> bool:
    """Whether its kubelet says so."""
    return _ready(pod.get("status") or {})


@asynccontextmanager
async def yard(directory: Path) -> AsyncIterator[Yard]:
    """A control plane of its own: hundreds of namespaces are left behind, and go with it."""
    identities = Identities()
    async with AsyncExitStack() as stack:
        served = await serve(Authenticator(identities).app)
        stack.push_async_callback(served.stop)
        timing = Timing(node_monitor_grace=3600)  # nobody sends heartbeats here
        plane = await stack.enter_async_context(control_plane(directory, authenticate=served.url, timing=timing))
        await install(plane, KEY.project)
        client = Calm(url=plane.url, ca=plane.ca, token=plane.admin_token)
        stack.push_async_callback(client.close)
        made = Yard(plane, identities, client)
        watches = [asyncio.create_task(made.watch(plural)) for plural in _WATCHED]
        for number in range(2):
            await client.create("nodes", node(f"{OPEN}-{number}"))
        yield made
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)


def node(name: str, **spec: Any) -> Object:
    """One whose machine an instance group has, and which is Ready."""
    return {
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "cloud.google.com/gke-nodepool": POOL,
            },
        },
        "spec": {"providerID": f"gce://{KEY.project}/us-central1-a/{name}", **spec},
        "status": {
            "capacity": {"cpu": "1000", "memory": "1000Gi", "pods": "10000"},
            "allocatable": {"cpu": "1000", "memory": "1000Gi", "pods": "10000"},
            "nodeInfo": {
                "bootID": f"boot-{name}",
                "operatingSystem": "linux",
                "architecture": "amd64",
                **dict.fromkeys(
                    (
                        "machineID",
                        "systemUUID",
                        "kernelVersion",
                        "osImage",
                        "containerRuntimeVersion",
                        "kubeletVersion",
                        "kubeProxyVersion",
                    ),
                    "",
                ),
            },
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "test"}],
        },
    }
