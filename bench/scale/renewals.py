"""Many renewals in a large cluster, in real time: how long they take, and which machines they reset."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence

from bench.figures import Figure
from bench.scale import cluster, pool
from bench.scale.cluster import NAMESPACE, Large
from bench.scale.crowd import PODS_PER_NODE, Crowd
from functions import ownership
from functions.adapters import kube_memory
from sandbox.machines.machine import BOOT_SECONDS
from sandbox.machines.nodekeeper import START_SECONDS

OF_THEM = 10
"""One of so many nodes is a simulated machine, which may be probed and renewed; the others have a pool of their own."""
FEW = 3
AT_ONCE = 10
RATIO = 1.1
STOP_SECONDS = 30
"""A worker that finishes what it is at takes the time that a pod has for it (terminationGracePeriodSeconds)."""
FLOOR_SECONDS = STOP_SECONDS + BOOT_SECONDS + START_SECONDS
"""What a renewal must take: its pods leave, all at the same time; the machine boots; its kubelet starts. That Compute
cuts the power, and that the kubelet asks the registry for an image that it has, takes no simulated time at all."""
GARBAGE_PERCENT = 300
"""At Go's 100 an API server clears garbage a fifth of its time; of a thousand nodes there is room to let it lie."""

_SETTINGS = {
    "REPULL_COOLDOWN_SECONDS": "0",  # the same machines are renewed twice here
    "REPULL_BREAKER_RENEWALS": "150",  # so many within an hour are what is measured
    # functions-framework's. In the cloud an instance takes four slots at once (infra/terraform/locals.tf); here each
    # process must have room for all, since nobody balances between them.
    "WORKERS": "3",
    "THREADS": str(2 * AT_ONCE),
}

_AN_HOUR_LATER = {"data": {kube_memory.RENEWALS: None}}
"""The breaker lets no more machines of a pool be renewed within an hour than it has."""


async def figures(nodes: int, say: Callable[[str], None]) -> tuple[Figure, ...]:
    """First a few stale machines among many, then all of them."""
    number = nodes // OF_THEM
    say(f"a cluster of {nodes:,} nodes; {number} of them may be renewed …")
    crowd = Crowd(
        nodes=nodes - number,
        labels={"cloud.google.com/gke-nodepool": "others"},
        shared=NAMESPACE,
        others=number * PODS_PER_NODE,
    )
    async with cluster.running(crowd, speed=1, settings=_SETTINGS, say=say, garbage_percent=GARBAGE_PERCENT) as large:
        names = await pool.fill(large, number, labels={"sandbox.stop-seconds": str(STOP_SECONDS)})
        few = await _few(large, names)
        await large.world.admin.patch("configmaps", kube_memory.NAME, _AN_HOUR_LATER, ownership.NAMESPACE)
        return few, await _all(large, names, nodes)


async def _few(large: Large, names: Sequence[str]) -> Figure:
    stale = names[:: len(names) // FEW][:FEW]
    large.say(f"  {FEW} of {len(names)} machines go stale …")
    await pool.renew(large, stale, refresh="few", max_unavailable=AT_ONCE)
    reset = _reset(large)
    return Figure(
        name=f"machines wrongly reset, or not, with {FEW} of {len(names)} stale",
        value=sum((reset - Counter(stale)).values()) + sum((Counter(stale) - reset).values()),
        floor=0,
        detail=f"{reset.total()} resets: {', '.join(sorted(reset))}",
    )


async def _all(large: Large, names: Sequence[str], nodes: int) -> Figure:
    large.say(f"  all {len(names)} machines go stale …")
    waves = 1 + math.ceil((len(names) - 1) / AT_ONCE)  # the canary goes alone
    before, began = _reset(large), time.monotonic()
    await pool.renew(large, names, refresh="all", max_unavailable=AT_ONCE)
    seconds = time.monotonic() - began
    if _reset(large) - before != Counter(names):
        raise RuntimeError(f"not every machine was reset exactly once: {_reset(large) - before}")
    return Figure(
        name=f"{len(names)} renewals, {AT_ONCE} at once, of {nodes:,} nodes / floor",
        value=seconds / (waves * FLOOR_SECONDS),
        floor=RATIO,
        detail=f"{seconds:.0f} s, and the floor is {waves} waves of {FLOOR_SECONDS:.0f} s; "
        f"{(seconds - waves * FLOOR_SECONDS) / waves:.1f} s of our own in each",
    )


def _reset(large: Large) -> Counter[str]:
    return Counter(call.name for call in large.world.books.calls(api="compute", verb="reset"))
