"""PodDisruptionBudget: how many pods may be evicted now."""

from datetime import timedelta

from sandbox.controllers.controller import Controller
from sandbox.controllers.deployment import share
from sandbox.kube import times
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object, is_terminating, key_of, labels_of, name_of, namespace_of
from sandbox.objects.owners import controller_of
from sandbox.objects.pods import is_finished, is_ready
from sandbox.objects.selectors import matches

_EVICTION_SHOWS_WITHIN = 120.0  # simulated seconds; then an allowed eviction that never came is forgotten
_SCALED = {
    "ReplicaSet": "replicasets",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
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
            if namespace_of(pod) == namespace_of(budget)
            and not is_finished(pod)
            and matches(budget["spec"].get("selector"), labels_of(pod))
        ]
        expected, desired = self._expectation(budget, pods)
        leaving = self._leaving(budget, pods)
        healthy = sum(is_ready(pod) and not is_terminating(pod) and name_of(pod) not in leaving for pod in pods)
        allowed = max(healthy - desired, 0) if expected else 0
        conditions = with_condition(
            (budget.get("status") or {}).get("conditions") or [],
            "DisruptionAllowed",
            "True" if allowed else "False",
            reason="SufficientPods" if allowed else "InsufficientPods",
            message="",
            observedGeneration=budget["metadata"].get("generation", 1),
        )
        status = {
            "expectedPods": expected,
            "desiredHealthy": desired,
            "currentHealthy": healthy,
            "disruptionsAllowed": allowed,
            "disruptedPods": leaving,
            "observedGeneration": budget["metadata"].get("generation", 1),
            "conditions": conditions,
        }
        await self.cluster.report("poddisruptionbudgets", budget, status)
        return _EVICTION_SHOWS_WITHIN if leaving else None

    def _expectation(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """(pods expected, healthy pods desired)."""
        spec = budget["spec"]
        if isinstance(spec.get("minAvailable"), int):
            return len(pods), spec["minAvailable"]
        expected = self._scale(pods)
        if "maxUnavailable" in spec:
            return expected, max(expected - share(spec["maxUnavailable"], expected, up=True), 0)
        return expected, share(spec.get("minAvailable", 1), expected, up=True)

    def _scale(self, pods: list[Object]) -> int:
        """What the pods' controllers want together: percentages are of that, not of what happens to be there."""
        controllers: dict[str, int] = {}
        for pod in pods:
            reference = controller_of(pod)
            if reference is None or reference["kind"] not in _SCALED:
                continue
            owner = self.cluster.informer(_SCALED[reference["kind"]]).get(f"{namespace_of(pod)}/{reference['name']}")
            above = controller_of(owner) if owner else None
            if owner and above and above["kind"] in _SCALED:
                owner = self.cluster.informer(_SCALED[above["kind"]]).get(f"{namespace_of(pod)}/{above['name']}")
            if owner:
                controllers[owner["metadata"]["uid"]] = owner["spec"].get("replicas", 1)
        return sum(controllers.values())

    def _leaving(self, budget: Object, pods: list[Object]) -> dict[str, str]:
        """Evictions that were allowed and whose deletion has not shown yet."""
        disrupted = (budget.get("status") or {}).get("disruptedPods") or {}
        present = {name_of(pod) for pod in pods if not is_terminating(pod)}
        oldest = times.now() - timedelta(seconds=self.cluster.pace.real(_EVICTION_SHOWS_WITHIN))
        return {name: since for name, since in disrupted.items() if name in present and times.parse(since) > oldest}
