"""The steps of a refresh, told apart: what is published to the topic of steps is the beginning of each."""

from itertools import pairwise

from bench.scale.cluster import Large
from sandbox import deployment


def steps(large: Large, refresh: str) -> tuple[tuple[float, float], ...]:
    """From the message that began each step to the one that it published itself; the last one has no end.

    Only of a refresh with one slot.
    """
    published = (
        each.at.timestamp()
        for each in large.world.tap.messages
        if each.topic == deployment.STEPS_TOPIC and each.json["refresh"] == refresh
    )
    return tuple(pairwise((*published, float("inf"))))
