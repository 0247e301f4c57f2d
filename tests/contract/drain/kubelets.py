"""Kubelets that do no more than a drain can notice.

One brings its pods into the state that their annotation asks for, and ends those that are being deleted.
"""

import asyncio
from typing import Any

from sandbox.kube import KubeClient
from sandbox.kube.client import ApiError
from tests.contract.drain.cases import State
from tests.contract.drain.pods import Object
from tests.contract.drain.seen import Seen

STATE = "drain.test/state"
"""Annotation of a pod: the state into which its kubelet brings it; ready where there is none."""
ENDS = "drain.test/ends"
"""Annotation of a pod: when its kubelet ends it after its deletion; at once where there is none."""
ONCE_CORDONED, ONCE_REPLACED, NEVER = "once-cordoned", "once-replaced", "never"

_PHASES = {State.PENDING: "Pending", State.SUCCEEDED: "Succeeded", State.FAILED: "Failed"}
_GONE = (404, 409)


class Kubelets:
    """Those of all nodes."""

    def __init__(self, client: KubeClient, seen: Seen) -> None:
        self._client = client
        self._seen = seen
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: set[str] = set()  # pods, by uid
        seen.told.append(self._look_after)

    def _look_after(self, plural: str, obj: Object) -> None:
        if plural == "pods":
            self._start(obj)
            for pod in self._seen.all("pods", obj["metadata"]["namespace"]):
                if annotation(pod, ENDS) == ONCE_REPLACED and is_going(pod):
                    self._start(pod)
        if plural == "nodes" and obj["spec"].get("unschedulable"):
            for pod in self._seen.pods_of(obj["metadata"]["name"]):
                self._start(pod)

    def _start(self, pod: Object) -> None:
        if pod["spec"].get("nodeName"):
            task = asyncio.create_task(self._tend(pod))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tend(self, pod: Object) -> None:
        name, namespace, uid = (pod["metadata"][key] for key in ("name", "namespace", "uid"))
        try:
            if not is_going(pod):
                if not is_as_wanted(pod):
                    await self._client.patch("pods/status", name, {"status": _status(wanted(pod))}, namespace)
            elif uid not in self._ended and self._ends(pod):
                self._ended.add(uid)
                await self._noticed(name, namespace)
                if pod["metadata"].get("finalizers"):  # a Job's controller wants to see how it ended
                    await self._client.patch("pods/status", name, {"status": _status(State.FAILED)}, namespace)
                await self._client.delete("pods", name, namespace, grace=0, uid=uid)
        except ApiError as error:
            if error.status not in _GONE:
                raise

    def _ends(self, pod: Object) -> bool:
        when = annotation(pod, ENDS)
        if when == ONCE_CORDONED:
            found = self._seen.get("nodes", pod["spec"]["nodeName"])
            return found is None or bool(found["spec"].get("unschedulable"))
        if when == ONCE_REPLACED:
            return any(_replaces(each, pod) for each in self._seen.all("pods", pod["metadata"]["namespace"]))
        return when != NEVER

    async def _noticed(self, name: str, namespace: str) -> None:
        """Budgets know that the pod is going: else one that comes back under its name passes for it, for two minutes.

        The disruption controller strikes a pod that was evicted off its list once it sees it deleted (a real kubelet
        is never so quick that it doesn't), or two minutes later (its DeletionTimeout).
        """
        if not self._seen.all("poddisruptionbudgets", namespace):
            return
        for budget in await self._client.list("poddisruptionbudgets", namespace):
            about, version = budget["metadata"]["name"], _version(budget)

            def noticed(about: str = about, version: int = version) -> bool:
                found = self._seen.get("poddisruptionbudgets", about, namespace)
                if found is None:
                    return True
                going: Object = (found.get("status") or {}).get("disruptedPods") or {}
                return _version(found) >= version and name not in going

            await self._seen.until(namespace, noticed, f"budget {about} notices that {name} is going")


def annotation(pod: Object, key: str) -> str:
    """Its value, empty where there is none."""
    return str((pod["metadata"].get("annotations") or {}).get(key, ""))


def is_going(pod: Object) -> bool:
    """Whether it is being deleted."""
    return "deletionTimestamp" in pod["metadata"]


def is_ready(pod: Object) -> bool:
    """Whether its kubelet says so."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def wanted(pod: Object) -> State:
    """The state that it should be in."""
    return State(annotation(pod, STATE) or State.READY)


def is_as_wanted(pod: Object) -> bool:
    """Whether its kubelet has brought it into that state."""
    status = _status(wanted(pod))
    return (pod.get("status") or {}).get("phase") == status["phase"] and is_ready(pod) == is_ready({"status": status})


def _status(state: State) -> Object:
    ready = "True" if state is State.READY else "False"
    return {"phase": _PHASES.get(state, "Running"), "conditions": [{"type": "Ready", "status": ready}]}


def _replaces(pod: Object, other: Object) -> bool:
    """Whether it came for the other, to the same node: only those that were there first say when they end."""
    same = all(one(pod) == one(other) for one in (_node, _labels))
    return same and not annotation(pod, ENDS)


def _node(pod: Object) -> Any:
    return pod["spec"].get("nodeName")


def _labels(pod: Object) -> Any:
    return pod["metadata"].get("labels")


def _version(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])
