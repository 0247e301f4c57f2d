"""What one step costs, in a small cluster and in a large one: the same nodes are renewed, and only the crowd differs.

A step is one invocation of on_refresh_step. Each but the last renews a node, and the median of those is compared. The
last takes the marks of the run from every node in scope: it costs something for each, and has a figure of its own.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.figures import Figure
from bench.scale import chain, cluster, pool
from bench.scale.cluster import NAMESPACE, Large
from bench.scale.crowd import PODS_PER_NODE, Crowd
from bench.scale.memory import peak_mb
from bench.scale.traffic import Exchange
from sandbox import deployment
from sandbox.rings import RINGS

SMALL = 10
STALE = 7
"""Of the ten: the others take the evicted pods."""
RATIO = 1.1
PER_MARK = 1.1
"""A patch for each, and a list for each fifty."""
_REFRESH = "scale"
_SEEN = {"cloud.google.com/gke-nodepool": pool.POOL, "repull.dev/refresh": _REFRESH, "repull.dev/outcome": "fresh"}
"""The crowd is in scope, and the run has passed it already: whatever is asked of the pool is asked of all of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    requests: tuple[float, ...]  # of each step that renews a node
    kilobytes: tuple[float, ...]
    at_the_end: int  # requests of the last step
    resident_mb: float


async def figures(nodes: int, say: Callable[[str], None]) -> tuple[Figure, ...]:
    """At ten nodes and at `nodes`."""
    small, large = await _cost(SMALL, say), await _cost(nodes, say)
    at = f"{nodes:,} nodes / {SMALL}"
    return (
        Figure(
            name=f"requests per step, {at}",
            value=statistics.median(large.requests) / statistics.median(small.requests),
            floor=RATIO,
            detail=f"{_spread(large.requests)} and {_spread(small.requests)}",
        ),
        Figure(
            name=f"bytes per step, {at}",
            value=statistics.median(large.kilobytes) / statistics.median(small.kilobytes),
            floor=RATIO,
            detail=f"{_spread(large.kilobytes)} and {_spread(small.kilobytes)} KB",
        ),
        Figure(
            name=f"resident memory, {at}",
            value=large.resident_mb / small.resident_mb,
            floor=RATIO,
            detail=f"{large.resident_mb:.0f} and {small.resident_mb:.0f} MB, the peak of the process that renews",
        ),
        Figure(
            name=f"requests of the last step / mark, {nodes:,} nodes",
            value=large.at_the_end / nodes,
            floor=PER_MARK,
            detail=f"{large.at_the_end:,} requests to take back {nodes:,} marks, and {small.at_the_end} for {SMALL}",
        ),
    )


async def _cost(nodes: int, say: Callable[[str], None]) -> Cost:
    say(f"a cluster of {nodes:,} nodes, {PODS_PER_NODE} pods on each …")
    crowd = Crowd(nodes=nodes - SMALL, labels=_SEEN, shared=NAMESPACE, others=SMALL * PODS_PER_NODE)
    async with cluster.running(crowd, speed=RINGS[2].speed, say=say) as large:
        names = await pool.fill(large, SMALL)
        await pool.renew(large, names[-STALE:], refresh=_REFRESH)
        steps = _steps(large)
        return Cost(
            requests=tuple(len(step) for step in steps[:-1]),
            kilobytes=tuple(sum(each.size for each in step) / 1000 for step in steps[:-1]),
            at_the_end=len(steps[-1]),
            resident_mb=peak_mb(large.world.refresh.process_group),
        )


def _spread(values: tuple[float, ...]) -> str:
    """The median, from the least to the most."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def _steps(large: Large) -> list[list[Exchange]]:
    """What each step asked."""
    asked = tuple(large.meter.of(deployment.REFRESH))
    return [[each for each in asked if begin <= each.at < end] for begin, end in chain.steps(large, _REFRESH)]
