"""A ward of pods that can't pull, on nodes whose kubelet is the test itself: what a pod's status says is up to it.

The API server, Compute, GKE, IAM and the registry are the sandbox's, and the function is asked by its own door.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox import deployment, judge
from sandbox.beds import HERE
from sandbox.books import Call
from sandbox.faults import Fault
from sandbox.kube import times
from sandbox.objects.kinds import Object, name_of, uid_of
from tests.e2e.scenery import AUTOPILOT, IMAGE, NAMESPACE, READABLE, scene
from tests.e2e.standing import Answered, Standing, standing

DENIED = "unexpected status from HEAD request to https://us-central1-docker.pkg.dev/v2/x/manifests/v1: 403 Forbidden"
AT_ONCE = {
    "REPULL_MEMORY_SECONDS": "0",
    "REPULL_PROPAGATION_SECONDS": "0",
    "REPULL_READ_PULL_SECRETS": READABLE,
    "REPULL_CLUSTERS": f"{deployment.CLUSTER_KEY},{deployment.PROJECT}/{deployment.LOCATION}/{AUTOPILOT}",
}
"""Every event is diagnosed, and a node is blamed as soon as it may be: the most harm that a wrong answer can do."""
_WRITES = frozenset({"create", "update", "patch", "delete"})
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosed:
    """How the function answered an event, its line of the verdict, and all that it asked for and wrote."""

    answered: Answered
    verdict: dict[str, Any]
    calls: tuple[Call, ...]

    @property
    def kind(self) -> str:
        return str(self.verdict["kind"])

    def check(self, name: str) -> tuple[str, str]:
        """Status and evidence; fails where the check was not made."""
        found = [each for each in self.verdict["checks"] if each["check"] == name]
        assert found, f"no check {name} in {self.verdict}"
        return found[-1]["status"], found[-1]["evidence"]

    @property
    def changes(self) -> list[str]:
        """What was written but for Events."""
        return [
            f"{call.verb} {call.resource} {call.name}"
            for call in self.calls
            if call.api == "kubernetes" and call.verb in _WRITES and call.resource != "events"
        ]

    @property
    def reads(self) -> list[str]:
        """What was asked of the outside; its own token, which a process fetches once, is no question."""
        return [
            f"{call.verb} {call.resource}"
            for call in self.calls
            if call.api != "metadata" and not (call.api == "kubernetes" and call.verb in _WRITES)
        ]


class Ward:
    """Admits pods, and tells of them."""

    def __init__(self, here: Standing) -> None:
        self.here = here
        self.world = here.world

    def run(self, work: Any, *, within: float = 200) -> Any:
        return self.here.background.run(work, within=within)

    def admit(
        self,
        *,
        image: str = IMAGE,
        message: str = DENIED,
        node: str = HERE,
        namespace: str = NAMESPACE,
        state: Mapping[str, Any] | None = None,
        status: Mapping[str, Any] | None = None,
        annotations: Mapping[str, str] | None = None,
        deleted: bool = False,
        **spec: Any,
    ) -> Object:
        """A pod whose one container waits for this image, as its kubelet says; `state` and `status` say otherwise."""
        name = f"p{next(_numbers)}"
        container = {"name": "main", "image": image}
        pod = {
            "metadata": {"name": name, "namespace": namespace, "annotations": dict(annotations or {})},
            "spec": {
                "nodeName": node,
                "containers": [container],
                "tolerations": [{"operator": "Exists"}],
                **spec,
            },
        }
        waiting = state or {"waiting": {"reason": "ErrImagePull", "message": message}}
        seen = {
            "phase": "Pending",
            "startTime": times.seconds(times.now()),
            "containerStatuses": [said("main", waiting)],
        }

        async def make() -> Object:
            await self.world.admin.create("pods", pod)
            if deleted:  # and its kubelet takes its time
                await self.world.admin.delete("pods", name, namespace)
            return await self.world.admin.patch("pods/status", name, {"status": seen | dict(status or {})}, namespace)

        made: Object = self.run(make())
        return made

    def make(self, plural: str, obj: Object) -> Object:
        made: Object = self.run(self.world.admin.create(plural, obj))
        return made

    def fault(self, **fault: Any) -> None:
        self.world.faults.add(Fault(times=fault.pop("times", 1000), **fault))

    def tell(self, pod: Object, *, cluster: str = deployment.CLUSTER, **changes: Any) -> Diagnosed:
        """Deliver the kubelet's event about the pod, with these fields of its own, and wait for the verdict."""
        event = entry(pod, **changes)
        event["resource"]["labels"]["cluster_name"] = cluster
        return self.diagnosed(event)

    def diagnosed(self, event: Mapping[str, Any]) -> Diagnosed:
        """Deliver the event, which must lead to a verdict."""
        answered, calls = self.deliver(event)
        verdicts = [line for line in answered.lines if line.get("event") == "repull.verdict"]
        assert len(verdicts) == 1, f"no single verdict in {answered.lines}"
        return Diagnosed(answered=answered, verdict=verdicts[0], calls=calls)

    def deliver(self, event: Mapping[str, Any]) -> tuple[Answered, tuple[Call, ...]]:
        before = len(self.world.books)
        answered = self.here.push(self.world.diagnose, json.dumps(event).encode())
        ours = (call for call in list(self.world.books)[before:] if call.user == deployment.DIAGNOSE)
        # A process asks once who it runs as, whichever event is its first.
        return answered, tuple(call for call in ours if call.api != "metadata")

    def refreshes(self) -> list[Object]:
        return self.world.view.list("noderefreshes")

    def steps(self) -> list[Any]:
        """Every message on the topic of steps, as JSON; a sweep of our own tells that none is still on its way."""
        ours = {"action": "sweep"}
        before = self._on_the_topic_of_steps().count(ours)
        self.run(self.world.publish(deployment.STEPS_TOPIC, ours))
        self.here.until(lambda: self._on_the_topic_of_steps().count(ours) > before, "our own message among the steps")
        return [each for each in self._on_the_topic_of_steps() if each != ours]

    def _on_the_topic_of_steps(self) -> list[Any]:
        return [each.json for each in self.world.tap.messages if each.topic == deployment.STEPS_TOPIC]

    def said_about(self, pod: Object) -> list[Object]:
        """The product's Events on it."""
        events = self.world.view.list("events", pod["metadata"]["namespace"])
        return [
            each
            for each in events
            if each["involvedObject"].get("uid") == uid_of(pod) and each["source"] == {"component": "repull"}
        ]

    def clear(self) -> None:
        """No faults, no pods, no refreshes: the next case finds the ward as it was."""
        self.world.faults.clear()

        async def remove() -> None:
            for plural in ("noderefreshes", "pods"):
                for each in self.world.view.list(plural):
                    metadata = each["metadata"]
                    await self.world.admin.delete(plural, metadata["name"], metadata.get("namespace", ""), grace=0)

        self.run(remove())


def said(container: str, state: Mapping[str, Any], **more: Any) -> Object:
    """A container's status."""
    defaults = {"name": container, "image": "", "imageID": "", "ready": False, "restartCount": 0}
    return {**defaults, "state": dict(state), **more}


def entry(pod: Object, **changes: Any) -> dict[str, Any]:
    """The log entry of the event with which the pod's kubelet reports it; `changes` are of the event's own fields."""
    metadata, (container, *_) = pod["metadata"], pod["spec"]["containers"]
    return {
        "logName": f"projects/{deployment.PROJECT}/logs/events",
        "resource": {
            "type": "k8s_pod",
            "labels": {
                "project_id": deployment.PROJECT,
                "location": deployment.LOCATION,
                "cluster_name": deployment.CLUSTER,
                "namespace_name": metadata["namespace"],
                "pod_name": name_of(pod),
            },
        },
        "jsonPayload": {
            "kind": "Event",
            "involvedObject": {
                "kind": "Pod",
                "namespace": metadata["namespace"],
                "name": name_of(pod),
                "uid": uid_of(pod),
                "fieldPath": "spec.containers{main}",
            },
            "reason": "Failed",
            "type": "Warning",
            "message": f'Failed to pull image "{container["image"]}": {DENIED}',
            "source": {"component": "kubelet", "host": pod["spec"].get("nodeName", "")},
        }
        | changes,
    }


@contextmanager
def ward(settings: Mapping[str, str] | None = None) -> Iterator[Ward]:
    with standing(scene=scene, settings=AT_ONCE | dict(settings or {})) as here:
        yield Ward(here)


def nothing_was_done(opened: Ward) -> None:
    """No refresh, no reset, no cordon, no eviction: nobody even tried, and nobody was told to."""
    world = opened.world
    checks = (
        judge.no_refresh(world),
        judge.were_reset(world, ()),
        judge.nothing_was_touched(world),
        judge.no_node_was_cordoned(world),
        judge.nothing_was_evicted(world),
    )
    assert all(check.holds for check in checks), "\n".join(check.line for check in checks)
    assert opened.steps() == []
