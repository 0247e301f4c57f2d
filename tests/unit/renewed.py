"""A renewed node, open again, whose pods are waited for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from functions.errors import Refused, Retryable
from functions.model.cluster import Pod
from functions.model.refresh import Method, Phase
from functions.phases import retry_pods
from functions.phases.result import Result
from tests.unit.make import T0, node
from tests.unit.renewing import Machine

OPEN = node(allocatable={"cpu": 4000, "pods": 10})


@dataclass
class Place:
    """The renewed node, the pods on it, and those that wait for a place."""

    machine: Machine = field(default_factory=lambda: Machine(node=OPEN))
    there: tuple[Pod, ...] = ()
    waiting: tuple[Pod, ...] = ()
    listed: int = 0  # how often the node's pods were
    asked: int = 0  # … and those without a place
    looked: int = 0  # how often a change was waited for
    deleted: list[str] = field(default_factory=list)  # pods, each time that somebody asked for it
    denies: Refused | Retryable | None = None  # what is answered then
    busy: bool = False  # pods of the node change all the time
    then: Callable[[], None] = lambda: None  # what happens right after those without a place were listed

    def play(self, **slot: Any) -> Result:
        opened: dict[str, Any] = {"deadline": T0 + timedelta(seconds=300), "cordoned_at": T0 - timedelta(minutes=4)}
        hold = self.machine.hold(Phase.RETRY_PODS, method=Method.RESET, **(opened | slot))
        one: Any = self
        hold.cluster = replace(hold.cluster, pods=one, workloads=one)
        return retry_pods.step(hold)

    def on_node(self, _: str) -> tuple[Pod, ...]:
        self.listed += 1
        return self.there

    def unplaced(self, *, limit: int) -> tuple[Pod, ...]:
        self.asked += 1
        found = self.waiting[:limit]
        self.then()
        return found

    def delete(self, pod: Pod) -> None:
        self.deleted.append(pod.name)
        if self.denies:
            raise self.denies
        self.there = tuple(each for each in self.there if each != pod)

    def await_change(self, _: str, *, seconds: float) -> None:
        self.looked += 1
        self.machine.now += timedelta(seconds=0.001 if self.busy else max(seconds, 0.001))
        self.machine.passes(seconds)

    def deployment_of(self, *_: object) -> None: ...
