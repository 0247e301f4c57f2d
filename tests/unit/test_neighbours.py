"""A plan asks about many nodes of a full cluster, and reads each of their neighbours once."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from functions.model.cluster import Node, Pod
from functions.model.placement import Needs
from functions.phases.neighbours import Neighbours
from tests.unit.make import T0, node, pod

FULL = {"cpu": 600, "memory": 2**30, "pods": 10}
NODES = tuple(node(f"n{number}", allocatable=FULL) for number in range(4))


class Api:
    """Four nodes, each with a pod that takes its whole cpu, and what was asked of them."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def some(self, *, limit: int) -> tuple[Node, ...]:
        self.asked[f"up to {limit} nodes"] += 1
        return NODES

    def candidates(self, *, pools: tuple[str, ...], **_: Any) -> tuple[Node, ...]:
        self.asked[f"nodes of {', '.join(pools)}"] += 1
        return NODES

    def on_node(self, name: str) -> tuple[Pod, ...]:
        self.asked[f"pods on {name}"] += 1
        return (pod(f"on-{name}", node=name, needs=Needs(requests={"cpu": 600})),)


def test_each_neighbour_is_read_once_whatever_is_planned() -> None:
    api = Api()
    hold: Any = SimpleNamespace(
        cluster=SimpleNamespace(nodes=api, pods=api),
        status=SimpleNamespace(slots=()),
        settings=SimpleNamespace(boot_seconds=540.0),
        now=lambda: T0,
    )
    neighbours = Neighbours(hold)
    for each in NODES:
        (why,) = neighbours.crowding(each, (pod(f"on-{each.name}", needs=Needs(requests={"cpu": 600})),), frozenset())
        assert "3 with too little cpu" in why
        assert neighbours.not_ready(each) == ()
        assert neighbours.ready(each) == 3
    assert set(api.asked) >= {"nodes of pool-1", *(f"pods on {each.name}" for each in NODES)}
    assert set(api.asked.values()) == {1}
