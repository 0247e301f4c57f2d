"""PodDisruptionBudget: how many pods may be evicted now."""

from datetime import timedelta

from sandbox.controllers.controller import Controller
from sandbox.controllers.deployment import share
from sandbox.kube import times
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object, is_terminating, key_of, labels_of, name_of, namespace_of, uid_of
from sandbox.objects.owners import controller_of
from sandbox.objects.pods import is_ready
from sandbox.objects.selectors import matches

_EVICTION_SHOWS_WITHIN = 120.0  # simulated seconds; then an allowed eviction that never came is forgotten
_SCALED = {
    "ReplicaSet": "replicasets",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
}
_NOT_SCALED = {
    "DaemonSet": ("apps/v1", "daemonsets.apps"),
    "Job": ("batch/v1", "jobs.batch"),
    "Node": ("v1", "nodes"),  # owns mirror pods
}


class DisruptionController(Controller):
    """Status only: the eviction subresource reads it, and takes from it before each eviction."""

    component = "controllermanager"

    def subscribe(self) -> None:
        self.follow("poddisruptionbudgets")
        self.cluster.informer("pods").subscribe(self._pod_changed)
        for resource in _SCALED.values():
            self.cluster.informer(resource).subscribe(self._pod_changed)

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        changed = after or before or {}
        for budget in self.cluster.informer("poddisruptionbudgets"):
            if namespace_of(budget) == namespace_of(changed):
                self.queue.add(key_of(budget))

    async def reconcile(self, key: str) -> float | None:
        """Count the healthy pods against what the budget wants."""
        budget = self.cluster.informer("poddisruptionbudgets").get(key)
        if budget is None:
            return None
        pods = [
            pod
            for pod in self.cluster.informer("pods")
            if namespace_of(pod) == namespace_of(budget) and matches(budget["spec"].get("selector"), labels_of(pod))
        ]
        try:
            expected, desired = self._expectation(budget, pods)
        except _NotCountable as why:
            await self._give_up(budget, str(why))
            return None
        leaving = self._leaving(budget, pods)
        healthy = sum(is_ready(pod) and not is_terminating(pod) and name_of(pod) not in leaving for pod in pods)
        allowed = max(healthy - desired, 0) if expected else 0
        generation = budget["metadata"].get("generation", 1)
        conditions = with_condition(
            (budget.get("status") or {}).get("conditions") or [],
            "DisruptionAllowed",
            "True" if allowed else "False",
            reason="SufficientPods" if allowed else "InsufficientPods",
            message="",
            observedGeneration=generation,
        )
        status = {
            "expectedPods": expected,
            "desiredHealthy": desired,
            "currentHealthy": healthy,
            "disruptionsAllowed": allowed,
            "disruptedPods": leaving or None,
            "observedGeneration": generation,
            "conditions": conditions,
        }
        await self.cluster.report("poddisruptionbudgets", budget, status)
        return _EVICTION_SHOWS_WITHIN if leaving else None

    async def _give_up(self, budget: Object, why: str) -> None:
        """Nothing may be evicted. The generation stays unobserved: evictions are told that it is still processed."""
        status = budget.get("status") or {}
        conditions = with_condition(
            status.get("conditions") or [],
            "DisruptionAllowed",
            "False",
            reason="SyncFailed",
            message=why,
            observedGeneration=status.get("observedGeneration", 0),
        )
        await self.cluster.report("poddisruptionbudgets", budget, {"disruptionsAllowed": 0, "conditions": conditions})
        words = f"Failed to calculate the number of expected pods: {why}"
        await self.recorder.warning_on(budget, "PodDisruptionBudget", "CalculateExpectedPodCountFailed", words)

    def _expectation(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """(pods expected, healthy pods desired)."""
        spec = budget["spec"]
        if isinstance(spec.get("minAvailable"), int):
            return len(pods), spec["minAvailable"]
        if "maxUnavailable" in spec:
            expected = self._scale(pods)
            return expected, max(expected - share(spec["maxUnavailable"], expected, up=True), 0)
        if "minAvailable" in spec:
            expected = self._scale(pods)
            return expected, share(spec["minAvailable"], expected, up=True)
        return 0, 0

    def _scale(self, pods: list[Object]) -> int:
        """What the pods' controllers want together: percentages are of that, not of what happens to be there."""
        controllers: dict[str, int] = {}
        for pod in pods:
            reference = controller_of(pod)
            if reference is not None:
                owner = self._scaled(pod, reference)
                controllers[uid_of(owner)] = owner["spec"].get("replicas", 1)
        return sum(controllers.values())

    def _scaled(self, pod: Object, reference: Object) -> Object:
        """The controller of a pod, or that of its ReplicaSet."""
        kind, version = reference["kind"], reference["apiVersion"]
        group = version.rpartition("/")[0]
        if kind in _NOT_SCALED and _NOT_SCALED[kind][0] == version:
            raise _NotCountable(f"{_NOT_SCALED[kind][1]} does not implement the scale subresource")
        if kind not in _SCALED or group != "apps":
            raise _NotCountable(f'no matches for kind "{kind}" in version "{version}"')
        owner = self.cluster.informer(_SCALED[kind]).get(f"{namespace_of(pod)}/{reference['name']}")
        if owner is None or uid_of(owner) != reference["uid"]:
            raise _NotCountable(f'found no controllers for pod "{name_of(pod)}"')
        above = controller_of(owner)
        return self._scaled(pod, above) if kind == "ReplicaSet" and above else owner

    def _leaving(self, budget: Object, pods: list[Object]) -> dict[str, str]:
        """Evictions that were allowed and whose deletion has not shown yet."""
        disrupted = (budget.get("status") or {}).get("disruptedPods") or {}
        present = {name_of(pod) for pod in pods if not is_terminating(pod)}
        oldest = times.now() - timedelta(seconds=self.cluster.pace.real(_EVICTION_SHOWS_WITHIN))
        return {name: since for name, since in disrupted.items() if name in present and times.parse(since) > oldest}


class _NotCountable(Exception):
    """How many pods a budget's percentage is of can't be said."""
