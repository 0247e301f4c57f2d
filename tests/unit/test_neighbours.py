"""Which other nodes are down by themselves, and whether there is room on them; each is read once for a whole plan."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.model.cluster import Node, Pod, Taint
from functions.model.google import GkeCluster, NodePool
from functions.model.placement import Needs
from functions.model.refresh import Slot
from functions.ownership import STALE
from functions.phases.neighbours import MOST, OF_A_POOL, Neighbours
from tests.unit.make import ACCOUNT, T0, node, pod

FULL = {"cpu": 600, "memory": 2**30, "pods": 10}
NODES = tuple(node(f"n{number}", allocatable=FULL) for number in range(4))
OWN = Taint(key="dedicated", effect="NoSchedule", value="batch")
MOVING = pod("moving", needs=Needs(requests={"cpu": 600}))


class Api:
    """Nodes, each with a pod that takes its whole cpu, and what was asked of them."""

    def __init__(self, nodes: tuple[Node, ...] = NODES, **of_the_pod: Any) -> None:
        self.asked: Counter[str] = Counter()
        self._nodes = nodes
        self._pod = {"needs": Needs(requests={"cpu": 600})} | of_the_pod

    def some(self, *, limit: int) -> tuple[Node, ...]:
        self.asked[f"up to {limit} nodes"] += 1
        return self._nodes[:limit]

    def of_pool(self, pool: str, *, zone: str, limit: int) -> tuple[Node, ...]:
        self.asked[f"nodes of {pool}{f' in {zone}' if zone else ''}"] += 1
        there = (each for each in self._nodes if zone in ("", each.labels.get("topology.kubernetes.io/zone")))
        return tuple(there)[:limit]

    def on_node(self, name: str) -> tuple[Pod, ...]:
        self.asked[f"pods on {name}"] += 1
        return (pod(f"on-{name}", node=name, **self._pod),)


def neighbours_of(api: Api, *, in_slots: tuple[str, ...] = (), zones: tuple[str, ...] = ("a",)) -> Neighbours:
    group_urls = tuple(f"https://compute/projects/p/zones/{zone}/instanceGroupManagers/g" for zone in zones)
    hold: Any = SimpleNamespace(
        cluster=SimpleNamespace(nodes=api, pods=api),
        index=len(in_slots),
        status=SimpleNamespace(slots=tuple(Slot(index=index, node=name) for index, name in enumerate(in_slots))),
        settings=SimpleNamespace(boot_seconds=540.0),
        now=lambda: T0,
        gke=GkeCluster(pools=(NodePool(name="pool-1", service_account=ACCOUNT, group_urls=group_urls),)),
    )
    return Neighbours(hold)


def crowding(api: Api, moving: Pod = MOVING, *, in_slots: tuple[str, ...] = ()) -> tuple[str, ...]:
    return neighbours_of(api, in_slots=in_slots).crowding(NODES[0], (moving,), frozenset())


def down(*, seconds_old: float = 541) -> Node:
    return node("down", ready=False, created=T0 - timedelta(seconds=seconds_old))


def test_who_is_not_ready_by_itself_is_told() -> None:
    found = neighbours_of(Api((*NODES, down()))).not_ready(NODES[0])
    assert [each.name for each in found] == ["down"]


def test_who_is_down_because_of_us_or_on_its_way_up_does_not_count() -> None:
    assert neighbours_of(Api((*NODES, down()))).not_ready(down()) == ()
    assert neighbours_of(Api((*NODES, down())), in_slots=("down",)).not_ready(NODES[0]) == ()
    assert neighbours_of(Api((*NODES, down(seconds_old=539)))).not_ready(NODES[0]) == ()


def test_who_takes_pods_is_counted_without_the_node_itself_and_those_in_slots() -> None:
    cordoned = node("cordoned", unschedulable=True)
    assert neighbours_of(Api((*NODES, down(), cordoned))).ready(NODES[0]) == 3
    assert neighbours_of(Api(NODES), in_slots=("n1",)).ready(NODES[0]) == 2


@pytest.mark.parametrize(
    "taint, counts",
    [
        (Taint(key="ToBeDeletedByClusterAutoscaler", effect="NoSchedule"), False),
        (Taint(key="maintenance", effect="NoExecute"), False),
        (Taint(key="maintenance", effect="PreferNoSchedule"), True),
        (Taint(key=STALE, effect="NoSchedule"), True),
        (OWN, True),
        (replace(OWN, value="web"), False),
    ],
)
def test_who_is_closed_to_the_pods_that_the_node_takes_does_not_count(taint: Taint, counts: bool) -> None:  # noqa: FBT001 - a column
    ours, other = node("n1", taints=(OWN,)), node("n2", taints=(taint,))
    assert neighbours_of(Api((ours, other))).ready(ours) == counts


def test_nodes_in_slots_take_no_pods_though_they_are_open_yet() -> None:
    empty = Api(NODES[:3], needs=Needs())
    assert crowding(empty) == ()
    (why,) = crowding(empty, in_slots=("n1", "n2"))
    assert "there are none" in why


def test_what_no_controller_brings_back_needs_no_room() -> None:
    assert crowding(Api()) != ()
    assert crowding(Api(), replace(MOVING, owner=None)) == ()


def test_our_own_probes_take_no_room() -> None:
    """They are gone in a moment."""
    assert crowding(Api(namespace="repull", labels={"repull.dev/probe": "x"})) == ()
    assert crowding(Api(labels={"repull.dev/probe": "x"})) != ()


def test_where_more_nodes_are_than_were_looked_at_nobody_can_tell() -> None:
    full = tuple(node(f"n{number}", allocatable=FULL) for number in range(MOST + 2))
    assert crowding(Api(full[: MOST + 1])) != ()
    assert crowding(Api(full)) == ()


def in_zone(zone: str, count: int, **fields: Any) -> tuple[Node, ...]:
    """As GKE names them: those of a zone's group share the beginning of their names."""
    labels = {"cloud.google.com/gke-nodepool": "pool-1", "topology.kubernetes.io/zone": zone}
    return tuple(node(f"{zone}-{number:03}", labels=labels, **fields) for number in range(count))


@pytest.mark.parametrize("down_in", ["a", "b", "c"])
def test_of_a_large_pool_each_zone_is_looked_at(down_in: str) -> None:
    """The first fifty by their names are those of one zone: another one that is down would not be seen."""
    zones = ("a", "b", "c")
    long_ago = T0 - timedelta(days=1)
    nodes = sum((in_zone(zone, 60, ready=zone != down_in, created=long_ago) for zone in zones), ())
    mine = next(each for each in nodes if each.ready)
    found = neighbours_of(Api(nodes), zones=zones)
    assert {each.labels["topology.kubernetes.io/zone"] for each in found.not_ready(mine)} == {down_in}
    assert OF_A_POOL * 2 // 3 <= found.ready(mine) <= OF_A_POOL


def test_where_only_one_zone_takes_pods_its_node_is_not_the_last_of_its_pool() -> None:
    nodes = (*in_zone("a", 60, unschedulable=True), *in_zone("b", 60))
    assert neighbours_of(Api(nodes), zones=("a", "b")).ready(nodes[-1]) > 0


def test_each_neighbour_is_read_once_whatever_is_planned() -> None:
    api = Api()
    neighbours = neighbours_of(api)
    for each in NODES:
        (why,) = neighbours.crowding(each, (pod(f"on-{each.name}", needs=Needs(requests={"cpu": 600})),), frozenset())
        assert "3 with too little cpu" in why
        assert neighbours.not_ready(each) == ()
        assert neighbours.ready(each) == 3
    assert set(api.asked) >= {"nodes of pool-1", *(f"pods on {each.name}" for each in NODES)}
    assert set(api.asked.values()) == {1}
