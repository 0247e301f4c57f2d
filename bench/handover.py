"""A run over a pool of stale nodes: the gap between one node and the next, and what we add to grace and boot.

Everything is read from the simulators' books and the machines' history, never from the product's log.
"""

import statistics
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from bench.figures import Figure
from sandbox import deployment, world
from sandbox.books import Call
from sandbox.pubsub.emulator import Emulator
from sandbox.scenarios import workloads
from sandbox.scenarios.stage import Stage
from sandbox.world import World

NAMESPACE = "bench"
IMAGE = f"{deployment.IMAGES}/api:v1"
NODES = 24
REPLICAS = 40
NO_LOAD_BALANCERS = {"REPULL_LB_DRAIN_SECONDS": "0"}
"""Waiting for load balancers is asked for by a setting; it is neither grace nor boot, nor ours."""
SPARED = 2
"""Nodes that can pull, so that evicted pods have somewhere to go."""


async def figures() -> tuple[Figure, ...]:
    """Renew all but two of the nodes, one after the other. It is the emulator's hand-over that is promised."""
    async with world.running(settings=NO_LOAD_BALANCERS, python=sys.executable) as running:
        broker = running.broker.name
        stage = Stage(world=running, say=print)
        stale = await _set_the_scene(stage)
        await stage.start(image=IMAGE, reason="figures")
        if not await stage.until(lambda: any(_over(running)), "the end of the refresh", seconds=600):
            raise RuntimeError("the refresh did not end")
        renewals = [Renewal(running, name) for name in stale]
    renewals.sort(key=lambda each: each.cordoned)
    gaps = [(after.cordoned - before.verified) / timedelta(seconds=1) for before, after in pairwise(renewals)]
    own = [each.own_seconds for each in renewals]
    without = "" if broker == Emulator.name else f"the {Emulator.name}"
    return (
        Figure(
            name="hand-over gap, verified to next cordon, p95",
            value=statistics.quantiles(gaps, n=20)[-1],
            floor=1,
            unit="s",
            detail=f"{len(gaps)} gaps, median {statistics.median(gaps):.2f} s, through the {broker}",
            without=without,
        ),
        Figure(
            name="own overhead per node, p95",
            value=statistics.quantiles(own, n=20)[-1],
            floor=1,
            unit="s",
            detail=f"{len(own)} nodes, median {statistics.median(own):.2f} s, through the {broker}; wall time minus "
            "simulated grace and boot",
            without=without,
        ),
    )


async def _set_the_scene(stage: Stage) -> tuple[str, ...]:
    running = stage.world
    running.catalog.push(IMAGE)
    names = tuple(f"gke-main-apps-1f0c-{number:02}" for number in range(NODES))
    for name in names:
        running.fleet.add(name=name, zone="us-central1-a", pool="apps", service_account=deployment.NODES)
    await running.fleet.power_on()
    await running.admin.create("namespaces", workloads.namespace(NAMESPACE))
    made = workloads.deployment("api", in_namespace=NAMESPACE, image=IMAGE, replicas=REPLICAS)
    await running.admin.create("deployments", made)
    await stage.until(lambda: _available(running) == REPLICAS, "every pod READY")
    for name in names[SPARED:]:
        running.fleet[name].make_stale()
    return names[SPARED:]


def _available(running: World) -> int:
    found = running.view.get("deployments", "api", NAMESPACE)
    return int((found.get("status") or {}).get("availableReplicas") or 0)


def _over(running: World) -> Iterator[bool]:
    for refresh in running.view.list("noderefreshes"):
        yield bool((refresh.get("status") or {}).get("endedAt"))


class Renewal:
    """One node's renewal, as the books have it."""

    def __init__(self, running: World, name: str) -> None:
        books = running.books
        patches = books.calls(api="kubernetes", user=deployment.REFRESH, verb="patch", resource="nodes", name=name)
        wishes = [(call.at, call.body["spec"]["unschedulable"]) for call in patches if _cordons(call)]
        self.cordoned = next(at for at, wish in wishes if wish)
        self.uncordoned = next(at for at, wish in wishes if not wish)
        probes = books.calls(api="kubernetes", resource="pods/status", namespace="repull")
        self.verified = max(call.at for call in probes if _pulled(call) and self.cordoned < call.at < self.uncordoned)
        evictions = [
            call.at
            for call in books.calls(api="kubernetes", user=deployment.REFRESH, resource="pods/eviction", status=201)
            if self.cordoned < call.at < self.uncordoned
        ]
        outage = running.fleet[name].outages[-1]
        gone = [
            call.at
            for call in books.calls(api="kubernetes", verb="delete", resource="pods", namespace=NAMESPACE)
            if evictions and evictions[0] < call.at < outage.off_at
        ]
        self.grace = max(gone) - evictions[0] if gone else timedelta()
        self.boot = (outage.ready_at or self.verified) - outage.off_at

    @property
    def own_seconds(self) -> float:
        """From the cordon to the uncordon, without what the pods' grace and the machine's boot took."""
        return (self.uncordoned - self.cordoned - self.grace - self.boot) / timedelta(seconds=1)


def _cordons(call: Call) -> bool:
    """Whether the patch says anything about the cordon; null takes it back."""
    return "unschedulable" in (call.body.get("spec") or {})


def _pulled(call: Call) -> bool:
    statuses = (call.body.get("status") or {}).get("containerStatuses") or ()
    return call.name.startswith("probe-image-") and any(status.get("imageID") for status in statuses)
