"""A drain of a hundred pods, of which a budget holds one for a minute: by kubectl, and by us.

Both take the same road to the API server, through the gate, whose books have every request. The budget allows the one
pod to go until somebody is about to evict for the first time, and again a minute later: who looks before has no reason
to refuse the node.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from bench.figures import Figure
from bench.scale import cluster, pool
from bench.scale.cluster import NAMESPACE, Large
from bench.scale.crowd import Crowd
from sandbox import deployment
from sandbox.books import Call
from sandbox.faults import Fault
from sandbox.objects.kinds import Object
from sandbox.real import kubectl
from sandbox.scenarios import workloads

PODS = 100
"""On each of the two nodes: those of 18 Deployments, and one of the guarded one."""
SPARE = 2
BLOCKED_SECONDS = 65.0
TRIES_A_MINUTE = 12
LISTS_A_SECOND = 1
RATIO = 1.0
SPEED = 10.0
_GUARDED = "guarded"
_DEPLOYMENTS = 18
_REPLICAS = 11
_EVICTION = "pods/eviction"
_ADMIN = ""  # nobody whom the sandbox has given a token
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Drain:
    """What was asked of the API server for one node, oldest first. Raises RuntimeError where no figure is in it."""

    asked: tuple[Call, ...]

    def __post_init__(self) -> None:
        if len(self.tries) < 2 or self.evicted < 3:
            raise RuntimeError(f"{self.evicted} pods were evicted, and {len(self.tries)} tries forbidden: too few")

    @property
    def tries(self) -> tuple[datetime, ...]:
        """When the eviction was asked for that the budget forbade, within a minute since the first time."""
        found = [call.at for call in self.asked if call.resource == _EVICTION and call.status == 429]
        return tuple(at for at in found if at < found[0] + _MINUTE)

    @property
    def spread(self) -> str:
        gaps = [(after - before) / timedelta(seconds=1) for before, after in pairwise(self.tries)]
        return f"{min(gaps):.2f} to {max(gaps):.2f} s apart"

    @property
    def evicted(self) -> int:
        return sum(call.resource == _EVICTION and call.status == 201 for call in self.asked)

    @property
    def moving(self) -> tuple[Call, ...]:
        """From the first eviction to the last before the budget allows its own."""
        evictions = [call.at for call in self.asked if call.resource == _EVICTION and call.status == 201]
        return tuple(call for call in self.asked if evictions[0] <= call.at <= evictions[-2])

    def a_second(self, *verbs: str) -> float:
        """How many requests of these verbs, while the pods were moving."""
        calls = self.moving
        seconds = (calls[-1].at - calls[0].at) / timedelta(seconds=1)
        return sum(call.verb in verbs for call in calls) / seconds


async def figures(say: Callable[[str], None]) -> tuple[Figure, ...]:
    """Both in one cluster, on the same kind of node with the same pods."""
    say("a drain by kubectl, and ours …")
    nobody = Crowd(nodes=0, labels={}, shared=NAMESPACE, others=0)
    async with cluster.running(nobody, speed=SPEED, say=say) as large:
        theirs, ours = await _set_the_scene(large)
        its = await _watched(large, _by_kubectl(large, theirs), user=_ADMIN)
        await large.world.admin.patch("nodes", theirs, {"spec": {"unschedulable": None}})
        whole = await _watched(large, pool.renew(large, (ours,), refresh="drain"), user=deployment.REFRESH)
        mine = _from_cordon_to_reset(large, whole)
    return (
        Figure(
            name="evictions tried per blocked minute",
            value=len(mine.tries),
            floor=TRIES_A_MINUTE,
            detail=f"{mine.spread}; kubectl {len(its.tries)}, {its.spread}",
        ),
        Figure(
            name=f"lists per second in a drain of {PODS} pods",
            value=mine.a_second("list"),
            floor=LISTS_A_SECOND,
            detail=f"{mine.evicted} pods; kubectl asks {its.a_second('get', 'list'):,.0f} times a second",
        ),
        Figure(
            name="requests of a drain / kubectl's",
            value=len(mine.asked) / len(its.asked),
            floor=RATIO,
            detail=f"{len(mine.asked):,} and {len(its.asked):,}; {mine.evicted} and {its.evicted} pods",
        ),
    )


async def _set_the_scene(large: Large) -> tuple[str, ...]:
    """Two nodes with a hundred pods each; those to which they go boot afterwards."""
    large.world.catalog.push(pool.IMAGE)
    names = await pool.boot(large, range(2))
    others = [pool.deployment_of(f"api-{each:03}", _REPLICAS) for each in range(_DEPLOYMENTS)]
    await pool.deploy(large, [_guarded(), *others])
    budget = workloads.budget(_GUARDED, in_namespace=NAMESPACE, app=_GUARDED, min_available=1)
    await large.world.admin.create("poddisruptionbudgets", budget)
    await pool.boot(large, range(2, 2 + SPARE))
    return names


def _guarded() -> Object:
    """One pod on each node at most."""
    made = pool.deployment_of(_GUARDED, 2)
    term = {"labelSelector": {"matchLabels": {"app": _GUARDED}}, "topologyKey": "kubernetes.io/hostname"}
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    made["spec"]["template"]["spec"]["affinity"] = apart
    return made


async def _allow(large: Large, disruptions: int) -> None:
    """Of the guarded pods, of which there are two."""
    await large.world.admin.patch(
        "poddisruptionbudgets", _GUARDED, {"spec": {"minAvailable": 2 - disruptions}}, NAMESPACE
    )


async def _watched(large: Large, drain: Coroutine[Any, Any, None], *, user: str) -> Drain:
    """What the user asked meanwhile. The first eviction, and those beside it, wait until the budget forbids one."""
    world, before, closing, closed = large.world, len(large.world.books), asyncio.Lock(), asyncio.Event()

    async def close() -> None:
        async with closing:
            if not closed.is_set():
                await _allow(large, 0)
                closed.set()

    async def open_again() -> None:
        await closed.wait()
        await asyncio.sleep(BLOCKED_SECONDS)
        await _allow(large, 1)

    world.faults.add(Fault(api="kubernetes", verb="create", resource=_EVICTION, times=sys.maxsize, before=close))
    try:
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(open_again())
            await drain
            if not closed.is_set():
                opening.cancel()  # nobody has evicted, nor ever will
    finally:
        world.faults.clear()
    calls = sorted(tuple(world.books)[before:], key=lambda call: call.at)
    return Drain(asked=tuple(call for call in calls if call.api == "kubernetes" and call.user == user))


async def _by_kubectl(large: Large, node: str) -> None:
    large.say(f"  {node} by kubectl")
    drain = ("drain", node, "--ignore-daemonsets", "--delete-emptydir-data")
    await kubectl.run(cluster.through_the_gate(large), *drain)


def _from_cordon_to_reset(large: Large, ours: Drain) -> Drain:
    """We choose, probe and verify besides."""
    (reset,) = large.world.books.calls(api="compute", verb="reset")
    cordon = next(
        call for call in ours.asked if call.resource == "nodes" and (call.body.get("spec") or {}).get("unschedulable")
    )
    return Drain(asked=tuple(call for call in ours.asked if cordon.at <= call.at < reset.at))
