"""ReplicaSet: as many pods as its spec says."""

from collections import Counter

from sandbox.controllers.controller import Controller
from sandbox.controllers.podtemplate import pod_from
from sandbox.objects.kinds import Object, is_terminating, labels_of, name_of
from sandbox.objects.pods import is_active, is_bound, is_ready, node_of, phase_of


class ReplicaSetController(Controller):
    """Replaces what is deleted or has failed; of too many it deletes the least useful."""

    component = "replicaset-controller"

    def subscribe(self) -> None:
        self.follow("replicasets")
        self.follow_dependents("pods", "ReplicaSet")

    async def reconcile(self, key: str) -> float | None:
        """Create or delete the difference, then report."""
        owner = self.cluster.informer("replicasets").get(key)
        if owner is None:
            return None
        active = [pod for pod in self.cluster.pods_of(owner) if is_active(pod)]
        surplus = len(active) - owner["spec"].get("replicas", 1)
        if not is_terminating(owner):
            active += [await self._create(owner) for _ in range(-surplus)]
            for pod in least_useful(active, surplus) if surplus > 0 else ():
                await self.cluster.delete("pods", pod)
                active.remove(pod)
                await self.recorder.normal_on(owner, "ReplicaSet", "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
        await self._report(owner, active)
        return None

    async def _create(self, owner: Object) -> Object:
        pod = pod_from(owner["spec"]["template"], owner, api_version="apps/v1", kind="ReplicaSet")
        created = await self.cluster.create("pods", pod)
        await self.recorder.normal_on(owner, "ReplicaSet", "SuccessfulCreate", f"Created pod: {name_of(created)}")
        return created

    async def _report(self, owner: Object, active: list[Object]) -> None:
        wanted = labels_of(owner["spec"]["template"]) if "metadata" in owner["spec"]["template"] else {}
        ready = sum(map(is_ready, active))
        status = {
            "replicas": len(active),
            "fullyLabeledReplicas": sum(wanted.items() <= labels_of(pod).items() for pod in active) or None,
            "readyReplicas": ready or None,  # where the real one leaves out a zero, so does this one
            "availableReplicas": ready or None,
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        await self.cluster.report("replicasets", owner, status)


def least_useful(pods: list[Object], count: int) -> list[Object]:
    """The pods that go first: unbound, not running, not ready, in crowded places, young."""
    crowd = Counter(map(node_of, pods))
    youngest_first = sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), reverse=True)
    return sorted(
        youngest_first,
        key=lambda pod: (is_bound(pod), phase_of(pod) == "Running", is_ready(pod), -crowd[node_of(pod)]),
    )[:count]
