"""ReplicaSet: as many pods as its spec says."""

from sandbox.controllers.controller import Controller
from sandbox.controllers.podtemplate import pod_from, random_suffix
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
            for pod in sorted(active, key=lambda pod: usefulness(pod, active))[: max(surplus, 0)]:
                await self.cluster.delete("pods", pod)
                active.remove(pod)
                await self.recorder.normal_on(owner, "ReplicaSet", "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
        await self._report(owner, active)
        return None

    async def _create(self, owner: Object) -> Object:
        name = f"{name_of(owner)}-{random_suffix()}"
        pod = pod_from(owner["spec"]["template"], owner, api_version="apps/v1", kind="ReplicaSet", name=name)
        created = await self.cluster.create("pods", pod)
        await self.recorder.normal_on(owner, "ReplicaSet", "SuccessfulCreate", f"Created pod: {name}")
        return created

    async def _report(self, owner: Object, active: list[Object]) -> None:
        wanted = labels_of(owner["spec"]["template"]) if "metadata" in owner["spec"]["template"] else {}
        ready = sum(map(is_ready, active))
        status = {
            "replicas": len(active),
            "fullyLabeledReplicas": sum(wanted.items() <= labels_of(pod).items() for pod in active),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        await self.cluster.report("replicasets", owner, status)


def usefulness(pod: Object, others: list[Object]) -> tuple[bool, bool, bool, int, str]:
    """Sorts the pods that go first to the front: unbound, not running, not ready, in crowded places, young."""
    neighbours = sum(node_of(other) == node_of(pod) for other in others)
    # Time-stamps sort as text; the youngest goes first.
    age = "".join(chr(255 - ord(letter)) for letter in pod["metadata"].get("creationTimestamp", ""))
    return is_bound(pod), phase_of(pod) == "Running", is_ready(pod), -neighbours, age
