"""What one step costs, in a small cluster and in a large one: the same nodes are renewed, and only the crowd differs.

A step is one invocation of on_refresh_step. The first begins the run among nodes of which it knows nothing, and is held
as soon as it has looked for one to take: all nodes of the crowd are candidates, but their kubelets, which are KWOK's,
could answer no probe. Then the crowd gets the marks of nodes that the run has passed, and the run goes on: each step
but the last renews a node, and the median of those is compared. The last takes the marks of the run from every node in
scope: it costs something for each, and has a figure of its own.
"""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.figures import Figure
from bench.scale import chain, cluster, pool
from bench.scale.cluster import NAMESPACE, Large
from bench.scale.crowd import PODS_PER_NODE, Crowd
from bench.scale.memory import peak_mb
from bench.scale.traffic import Exchange
from functions.adapters.kube_nodes import POOL
from functions.model.refresh import Outcome
from functions.ownership import mark
from sandbox import deployment
from sandbox.rings import RINGS

SMALL = 10
STALE = 7
"""Of the ten: the others take the evicted pods."""
RATIO = 1.1
PER_MARK = 1.1
"""A patch for each, and a list for each fifty."""
_REFRESH = "scale"
_PAUSE = "until the crowd is marked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What was asked, and how many bytes went there and back."""

    requests: int
    kilobytes: float

    @classmethod
    def of(cls, step: Iterable[Exchange]) -> "Cost":
        asked = tuple(step)
        return cls(requests=len(asked), kilobytes=sum(each.size for each in asked) / 1000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    first: Cost  # the count at the start excepted
    renewing: tuple[Cost, ...]
    last: Cost
    resident_mb: float

    @property
    def requests(self) -> tuple[float, ...]:
        return tuple(each.requests for each in self.renewing)

    @property
    def kilobytes(self) -> tuple[float, ...]:
        return tuple(each.kilobytes for each in self.renewing)


async def figures(nodes: int, say: Callable[[str], None]) -> tuple[Figure, ...]:
    """At ten nodes and at `nodes`."""
    small, large = await _costs(SMALL, say), await _costs(nodes, say)
    at = f"{nodes:,} nodes / {SMALL}"
    return (
        Figure(
            name=f"requests of the first step, {at}",
            value=large.first.requests / small.first.requests,
            floor=RATIO,
            detail=f"{large.first.requests} and {small.first.requests}, the count of the nodes excepted",
        ),
        Figure(
            name=f"bytes of the first step, {at}",
            value=large.first.kilobytes / small.first.kilobytes,
            floor=RATIO,
            detail=f"{large.first.kilobytes:,.0f} and {small.first.kilobytes:,.0f} KB, the count excepted",
        ),
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
            value=large.last.requests / nodes,
            floor=PER_MARK,
            detail=f"{large.last.requests:,} to take back {nodes:,} marks, and {small.last.requests} for {SMALL}",
        ),
    )


async def _costs(nodes: int, say: Callable[[str], None]) -> Costs:
    say(f"a cluster of {nodes:,} nodes, {PODS_PER_NODE} pods on each …")
    crowd = Crowd(nodes=nodes - SMALL, labels={POOL: pool.POOL}, shared=NAMESPACE, others=SMALL * PODS_PER_NODE)
    async with cluster.running(crowd, speed=RINGS[2].speed, say=say) as large:
        stale = (await pool.fill(large, SMALL))[-STALE:]
        await pool.begin(large, stale, refresh=_REFRESH, paused=_PAUSE)
        if not await large.stage.is_held(_PAUSE):
            raise RuntimeError("the first step was not held")
        await crowd.bear(large.world.admin, mark(_REFRESH, Outcome.FRESH).labels)
        say(f"  {crowd.nodes:,} nodes bear the mark of the run")
        await pool.go_on(large, _REFRESH)
        await pool.ends_well(large, STALE, refresh=_REFRESH)
        chain.each_has_one(chain.steps(large, _REFRESH)[1 : 1 + STALE], chain.renewals(large, _REFRESH))
        first, *others = _steps(large)
        return Costs(
            first=Cost.of(each for each in first if not each.counts_nodes),
            renewing=tuple(Cost.of(step) for step in others[:STALE]),
            last=Cost.of(each for step in others[STALE:] for each in step),  # more of them where its time is up
            resident_mb=peak_mb(large.world.refresh.process_group),
        )


def _spread(values: tuple[float, ...]) -> str:
    """The median, from the least to the most."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def _steps(large: Large) -> list[list[Exchange]]:
    """What each step asked."""
    asked = tuple(large.meter.of(deployment.REFRESH))
    return [[each for each in asked if begin <= each.at < end] for begin, end in chain.steps(large, _REFRESH)]
