"""The steps of a refresh, told apart: what is published to the topic of steps is the beginning of each."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from bench.scale.cluster import Large
from sandbox import deployment

Span = tuple[float, float]


def steps(large: Large, refresh: str) -> tuple[Span, ...]:
    """From the message that began each step to the one that it published itself; the last one has no end.

    Only of a refresh with one slot.
    """
    published = (
        each.at.timestamp()
        for each in large.world.tap.messages
        if each.topic == deployment.STEPS_TOPIC and each.json["refresh"] == refresh
    )
    return tuple(pairwise((*published, float("inf"))))


def renewals(large: Large, refresh: str) -> tuple[float, ...]:
    """When a node was done, each time."""
    lines = large.stage.audit("repull.renewed", refresh=refresh)
    return tuple(datetime.fromisoformat(line["timestamp"]).timestamp() for line in lines)


def each_has_one(spans: Sequence[Span], renewed: Sequence[float]) -> None:
    """Raises RuntimeError unless a node was done in each of the steps: where the time of one is up, it takes two."""
    found = [sum(begin <= at < end for at in renewed) for begin, end in spans]
    if set(found) != {1}:
        raise RuntimeError(f"one node should be done in each of these steps, and there are {found}")
