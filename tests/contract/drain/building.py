"""Puts a case on a node: namespaces, controllers that have adopted the pods, budgets that have been counted."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import uuid4

from sandbox.kube.client import ApiError
from tests.contract.drain import manifests
from tests.contract.drain.cases import Case, Guard, State
from tests.contract.drain.kubelets import ENDS, STATE, annotation, is_as_wanted, is_going, is_ready
from tests.contract.drain.manifests import ADOPTING, FINISHED, WORKLOAD, Manifests
from tests.contract.drain.pods import Object, Owner, ephemeral_container, reference
from tests.contract.drain.yard import Yard, node

TRIES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One copy of a case. `pods` are those on the node before the drain: uid -> number of the workload.

    `late` are the workloads whose pods elsewhere get ready once an eviction was refused.
    """

    case: Case
    name: str  # of the node, and of its namespace
    pods: dict[str, int]
    late: tuple["_Builder", ...]

    @property
    def namespaces(self) -> tuple[str, ...]:
        return tuple({self.name, *(each.namespace for each in manifests.of(self.case, self.name))})


async def build(yard: Yard, case: Case, name: str) -> Site:
    """Returns when everything is as the drain should find it."""
    taint = {"key": "drain.test/only", "value": name, "effect": "NoSchedule"}
    await asyncio.gather(yard.client.create("nodes", node(name, taints=[taint])), _namespace(yard, name))
    builders = [_Builder(yard, each) for each in manifests.of(case, name)]
    await asyncio.gather(*(each.build() for each in builders))
    await asyncio.gather(*(each.end_what_is_going() for each in builders))
    pods = {pod["metadata"]["uid"]: each.number for each in builders for pod in each.pods_here()}
    built, wanted = Counter(pods.values()), Counter({each.number: each.workload.here for each in builders})
    if built != wanted:
        raise AssertionError(f"{name}: built {built} instead of {wanted}: {case}")
    late = tuple(each for each in builders if each.workload.guard is Guard.LATER)
    return Site(case=case, name=name, pods=pods, late=late)


async def get_ready(site: Site) -> None:
    """What a budget has waited for: the pods elsewhere are ready, and counted."""
    await asyncio.gather(*(each.get_ready() for each in site.late))


async def _bring(yard: Yard, namespace: str, pods: Iterable[str], state: State) -> None:
    """Have their kubelets bring them into this state."""
    patch = {"metadata": {"annotations": {STATE: state}}}
    await asyncio.gather(*(yard.client.patch("pods", name, patch, namespace) for name in pods))


async def _namespace(yard: Yard, name: str) -> None:
    await yard.client.create("namespaces", {"metadata": {"name": name}})
    try:  # pods need it at once; the controller that makes it may come too late
        await yard.client.create("serviceaccounts", {"metadata": {"name": "default"}}, name)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise


class _Builder:
    """Of one workload."""

    def __init__(self, yard: Yard, wanted: Manifests) -> None:
        self._client = yard.client
        self._seen = yard.seen
        self._wanted = wanted
        self._namespace = wanted.namespace
        self.workload = wanted.workload
        self.number = wanted.number
        self._yard = yard

    async def build(self) -> None:
        if self.workload.doomed:
            await _namespace(self._yard, self._namespace)
        if self.workload.owner in (Owner.DAEMON_SET, Owner.DAEMON_SET_ORPHAN):
            await self._daemon_set()
        else:
            await self._placed()
        await self._until(
            lambda: len(self.pods_here()) == self.workload.here and all(map(_settled, self.pods())), "settles"
        )
        if self.workload.debugged and self.workload.state not in FINISHED:
            await asyncio.gather(*(self._debug(pod) for pod in self.pods_here()))
        await self._guard()

    def pods(self) -> list[Object]:
        """Wherever they are."""
        found = self._seen.all("pods", self._namespace)
        return [pod for pod in found if (pod["metadata"].get("labels") or {}).get(WORKLOAD) == self._wanted.name]

    def pods_here(self) -> list[Object]:
        return [pod for pod in self.pods() if pod["spec"].get("nodeName") == self._wanted.node]

    async def get_ready(self) -> None:
        """Those elsewhere are, and the budgets count them."""
        here = self.pods_here()
        names = [pod["metadata"]["name"] for pod in self.pods() if pod not in here]
        await _bring(self._yard, self._namespace, names, State.READY)
        await self._until(lambda: all(map(is_as_wanted, self.pods())), "gets ready elsewhere")
        await self._are_counted()

    async def end_what_is_going(self) -> None:
        """Deleted, and not ended by the kubelet yet."""
        if not self.workload.going:
            return
        if self.workload.doomed:
            await self._client.delete("namespaces", self._namespace)
        elif self.workload.owner is not Owner.DAEMON_SET_GONE:  # that one the garbage collector takes
            for pod in self.pods_here():
                await self._client.delete("pods", pod["metadata"]["name"], self._namespace)
        await self._until(lambda: all(is_going(pod) for pod in self.pods_here() if annotation(pod, ENDS)), "is going")

    async def _placed(self) -> None:
        """Pods where they should be, then the controller that adopts them."""
        total = self.workload.total
        owner = await self._owner_of_theirs()
        for number in range(total):
            await self._client.create("pods", self._wanted.pod(number, owner=owner), self._namespace)
        plural = ADOPTING.get(self.workload.owner)
        if not plural:
            return
        await self._are_known(total)
        await self._client.create(plural, self._wanted.controller(), self._namespace)
        await self._until(lambda: all(map(_is_owned, self.pods())), "adopts its pods")
        if self.workload.state in FINISHED:
            names = [pod["metadata"]["name"] for pod in self.pods_here()]
            await _bring(self._yard, self._namespace, names, self.workload.state)

    async def _are_known(self, total: int) -> None:
        """The controller manager has seen the pods: else their controller makes others before it adopts them.

        All its controllers look at pods through one cache, and that of budgets says how many it finds there.
        """
        name = f"{self._wanted.name}-known"
        spec = {"selector": {"matchLabels": self._wanted.labels}, "minAvailable": 0}
        await self._client.create("poddisruptionbudgets", {"metadata": {"name": name}, "spec": spec}, self._namespace)

        def known() -> bool:
            found = self._seen.get("poddisruptionbudgets", name, self._namespace) or {}
            return (found.get("status") or {}).get("expectedPods") == total

        await self._until(known, "has pods that its controller knows")
        await self._client.delete("poddisruptionbudgets", name, self._namespace)

    async def _owner_of_theirs(self) -> Object | None:
        """An ownerReference that the pods bring along; None where they have none, or are adopted."""
        owner, name = self.workload.owner, self._wanted.name
        if owner is Owner.NO_CONTROLLER:
            made = await self._client.create("configmaps", {"metadata": {"name": name}}, self._namespace)
            return reference(owner, name=name, uid=made["metadata"]["uid"])
        if owner is Owner.NODE:
            found = await self._client.get("nodes", self._wanted.node)
            return reference(owner, name=self._wanted.node, uid=found["metadata"]["uid"])
        if owner in (Owner.CUSTOM, Owner.OTHER_DAEMON_SET, Owner.DAEMON_SET_GONE):
            return reference(owner, name=name, uid=str(uuid4()))  # by which the garbage collector knows owners
        return None

    async def _daemon_set(self) -> None:
        """It makes the pod itself, and lets go of it where that is to be an orphan.

        The garbage collector takes the pod instead where it has not seen it yet: then once more.
        """
        for _ in range(TRIES):
            await self._client.create("daemonsets", self._wanted.daemon_set(), self._namespace)
            await self._until(lambda: bool(self.pods_here()), "makes its pod")
            if self.workload.owner is not Owner.DAEMON_SET_ORPHAN:
                return
            await self._client.delete("daemonsets", self._wanted.name, self._namespace)
            await self._until(lambda: not any(map(_is_owned, self.pods_here())), "lets go of its pod")
            if self.pods_here():
                return
        raise AssertionError(f"{self._namespace}: the garbage collector took the pod of {self._wanted.name} each time")

    async def _debug(self, pod: Object) -> None:
        patch = {"spec": {"ephemeralContainers": [ephemeral_container()]}}
        name = pod["metadata"]["name"]
        await self._client.patch("pods/ephemeralcontainers", name, patch, self._namespace, kind="strategic-merge")

    async def _guard(self) -> None:
        budgets = self._wanted.budgets()
        for budget in budgets:
            await self._client.create("poddisruptionbudgets", budget, self._namespace)
        await self._are_counted()

    async def _are_counted(self) -> None:
        names = [budget["metadata"]["name"] for budget in self._wanted.budgets()]
        await self._until(lambda: all(map(self._is_counted, names)), "has its pods counted")

    def _is_counted(self, budget: str) -> bool:
        """The disruption controller has looked at all the pods, or has said that it can't."""
        found = self._seen.get("poddisruptionbudgets", budget, self._namespace) or {}
        status = found.get("status") or {}
        if any(each["reason"] == "SyncFailed" for each in status.get("conditions") or ()):
            return True
        if self.workload.guard is Guard.OVERLAPPING:  # of a pod's change only one of its budgets is told (1.34)
            return bool(status.get("observedGeneration"))
        healthy = sum(is_ready(pod) and not is_going(pod) for pod in self.pods())
        return bool(status.get("observedGeneration")) and status.get("currentHealthy") == healthy

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        await self._seen.until(self._namespace, condition, f"{self._wanted.name} {what}")


def _is_owned(pod: Object) -> bool:
    return bool(pod["metadata"].get("ownerReferences"))


def _settled(pod: Object) -> bool:
    return is_going(pod) or (bool(pod["spec"].get("nodeName")) and is_as_wanted(pod))
