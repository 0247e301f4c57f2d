"""Wherever something is said about a lack of room, the real scheduler leaves a pod without a place, too."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from functions import room
from functions.adapters import kube_nodes, kube_podview
from functions.room import Place
from sandbox.kube import KubeClient
from sandbox.objects.conditions import condition_of
from tests.ringtwo import RingTwo

Object = dict[str, Any]

CASE = "room.test/case"
NAMESPACE = "room"
_PATIENCE = 90.0
_LOOK_AGAIN = 0.1
_NOT_WATCHED = [{"key": f"node.kubernetes.io/{why}", "operator": "Exists"} for why in ("not-ready", "unreachable")]
"""Nobody sends heartbeats for these nodes."""
_APART = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "apart"}}}
        ]
    }
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """`words` are what is said; "" where every pod is placed, and None where the scheduler alone knows."""

    nodes: tuple[Object, ...]
    moving: tuple[Object, ...]
    words: str | None


def node(
    cpu: str = "1", *, pods: int = 10, size: str = "", taint: bool = False, holds: tuple[Object, ...] = ()
) -> Object:
    return {"cpu": cpu, "pods": pods, "size": size, "taint": taint, "holds": holds}


def pod(cpu: str = "600m", *, labels: Object | None = None, **spec: Any) -> Object:
    return {"cpu": cpu, "labels": labels or {}, "spec": spec}


BIG: Object = {"nodeSelector": {"size": "big"}}
TOLERANT: Object = {"tolerations": [{"key": "closed", "operator": "Exists"}]}
APART: Object = {"labels": {"app": "apart"}, "affinity": _APART}
CASES = {
    "fits": Case(nodes=(node(),), moving=(pod(),), words=""),
    "too-large": Case(nodes=(node(), node()), moving=(pod("1100m"),), words="2 with too little cpu"),
    "taken": Case(nodes=(node(holds=(pod(),)),), moving=(pod(),), words="1 with too little cpu"),
    "by-its-init-container": Case(
        nodes=(node(),),
        moving=(pod("100m", initContainers=[{"name": "i", "image": "i", "resources": {"requests": {"cpu": "2"}}}]),),
        words="too little cpu",
    ),
    "sum": Case(nodes=(node(), node()), moving=(pod(), pod(), pod("900m")), words="2.1 cpu of 2 cpu"),
    "number": Case(nodes=(node(),) * 3, moving=(pod(),) * 4, words="room for 3 of 4"),
    "places": Case(nodes=(node(pods=2),), moving=(pod("1m"),) * 3, words="room for 2 of 3"),
    "closed": Case(nodes=(node(taint=True),), moving=(pod(),), words="1 with the taint closed"),
    "tolerated": Case(nodes=(node(taint=True),), moving=(pod(**TOLERANT),), words=""),
    "few-nodes": Case(
        nodes=(node(size="big"), node(), node()), moving=(pod(**BIG), pod(**BIG)), words="1 would take one"
    ),
    "apart": Case(nodes=(node(holds=(pod("1m", **APART),)),), moving=(pod("1m", **APART),), words="must be apart from"),
    "preempts": Case(nodes=(node(holds=(pod(),)),), moving=(pod(priorityClassName="system-node-critical"),), words=""),
}


def drawn(number: int) -> Case:
    """The same every time."""
    draw = random.Random(number)

    def some(most: int) -> tuple[Object, ...]:
        kinds: tuple[Object, ...] = ({}, {}, BIG, TOLERANT, BIG | TOLERANT)
        return tuple(pod(f"{draw.randint(0, 6)}00m", **draw.choice(kinds)) for _ in range(draw.randint(1, most)))

    nodes = tuple(
        node(
            str(draw.randint(1, 2)),
            pods=draw.randint(2, 5),
            size=draw.choice(("", "big")),
            taint=draw.random() < 0.3,
            holds=some(2)[:1] if draw.random() < 0.5 else (),
        )
        for _ in range(draw.randint(1, 3))
    )
    return Case(nodes=nodes, moving=some(6), words=None)


ALL = CASES | {f"drawn-{number}": drawn(number) for number in range(24)}


@pytest.fixture(scope="module")
def decided(ring_two: RingTwo) -> Iterator[dict[str, tuple[tuple[str, ...], bool]]]:
    """Of every case, what is said and whether every pod was placed."""
    client = KubeClient(url=ring_two.plane.url, ca=ring_two.plane.ca, token=ring_two.plane.admin_token, at_once=8)
    run = ring_two.background.run
    try:
        yield run(_decide(client), within=4 * _PATIENCE)
    finally:
        run(_clear(client), within=_PATIENCE)
        run(client.close())


@pytest.mark.ring2
@pytest.mark.timeout(600)
def test_nobody_lacks_room_where_the_scheduler_finds_it(decided: dict[str, tuple[tuple[str, ...], bool]]) -> None:
    wrong = {name: said for name, (said, placed) in decided.items() if said and placed}

    assert wrong == {}
    assert sum(bool(said) for said, _ in decided.values()) > len(ALL) // 4
    assert sum(placed for _, placed in decided.values()) > len(ALL) // 4


@pytest.mark.ring2
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CASES)
def test_what_is_in_the_way_is_told(decided: dict[str, tuple[tuple[str, ...], bool]], name: str) -> None:
    said, placed = decided[name]

    assert (CASES[name].words == "", CASES[name].words == "") == (placed, not said)
    assert str(CASES[name].words) in "".join(said)


async def _decide(client: KubeClient) -> dict[str, tuple[tuple[str, ...], bool]]:
    await client.create("namespaces", {"metadata": {"name": NAMESPACE}})
    await _until(lambda: client.list("serviceaccounts", NAMESPACE))  # without it no pod may be made there
    built = [await _build(client, name, case) for name, case in ALL.items()]
    await _build(client, "marker", Case(nodes=(node(),), moving=(), words=None))
    await client.create("pods", _pod("marker", "moving", pod()), NAMESPACE)
    # It may see this pod before its node, and say no at first; placed, it has seen whatever was made before.
    await _until(lambda: _node_of(client, "marker-moving"))
    found = await asyncio.gather(*(_one(client, name, places) for name, places in zip(ALL, built, strict=True)))
    return dict(zip(ALL, found, strict=True))


async def _build(client: KubeClient, name: str, case: Case) -> tuple[Place, ...]:
    places = []
    for index, each in enumerate(case.nodes):
        made = await client.create("nodes", _node(name, index, each))
        on_it = made["metadata"]["name"]
        held = [
            await client.create("pods", _pod(name, f"held-{index}-{number}", one, on=on_it), NAMESPACE)
            for number, one in enumerate(each["holds"])
        ]
        places.append(Place(node=kube_nodes.node(made), pods=tuple(map(kube_podview.pod, held))))
    return tuple(places)


async def _one(client: KubeClient, name: str, places: tuple[Place, ...]) -> tuple[tuple[str, ...], bool]:
    moving = [
        await client.create("pods", _pod(name, f"moving-{number}", one), NAMESPACE)
        for number, one in enumerate(ALL[name].moving)
    ]
    placed = [await _is_placed(client, each["metadata"]["name"]) for each in moving]
    return room.lacking(map(kube_podview.pod, moving), places), all(placed)


async def _is_placed(client: KubeClient, name: str) -> bool:
    """What the scheduler has decided. It goes on with a pod for which it drives others away."""

    async def decision() -> Object | None:
        found = await client.get("pods", name, NAMESPACE)
        scheduled = condition_of(found, "PodScheduled")
        preempting = (found.get("status") or {}).get("nominatedNodeName")
        return found if found["spec"].get("nodeName") or (scheduled and not preempting) else None

    return bool((await _until(decision))["spec"].get("nodeName"))


async def _node_of(client: KubeClient, name: str) -> str:
    """Empty where it has none yet."""
    return str((await client.get("pods", name, NAMESPACE))["spec"].get("nodeName", ""))


async def _until(look: Callable[[], Awaitable[Any]]) -> Any:
    for _ in range(round(_PATIENCE / _LOOK_AGAIN)):
        if found := await look():
            return found
        await asyncio.sleep(_LOOK_AGAIN)
    raise TimeoutError


async def _clear(client: KubeClient) -> None:
    for each in await client.list("pods", NAMESPACE):
        await client.delete("pods", each["metadata"]["name"], NAMESPACE, grace=0)
    for each in await client.list("nodes", labels=CASE):
        await client.delete("nodes", each["metadata"]["name"])


def _node(case: str, index: int, made: Object) -> Object:
    name = f"room-{case}-{index}"
    amounts = {"cpu": made["cpu"], "memory": "1Gi", "pods": str(made["pods"])}
    size = {"size": made["size"]} if made["size"] else {}
    taints = [{"key": CASE, "value": case, "effect": "NoSchedule"}]
    closed = [{"key": "closed", "value": "yes", "effect": "NoSchedule"}] if made["taint"] else []
    return {
        "metadata": {"name": name, "labels": {CASE: case, "kubernetes.io/hostname": name} | size},
        "spec": {"taints": taints + closed},
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "test"}],
        },
    }


def _pod(case: str, name: str, made: Object, *, on: str = "") -> Object:
    spec = dict(made["spec"])
    tolerations = [*spec.pop("tolerations", ()), {"key": CASE, "operator": "Exists"}, *_NOT_WATCHED]
    affinity = spec.pop("affinity", None) or made.get("affinity")
    return {
        "metadata": {"name": f"{case}-{name}", "labels": {CASE: case} | made["labels"]},
        "spec": {
            "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": made["cpu"]}}}],
            "nodeSelector": {CASE: case} | spec.pop("nodeSelector", {}),
            "tolerations": tolerations,
            "terminationGracePeriodSeconds": 0,
            **({"affinity": affinity} if affinity else {}),
            **({"nodeName": on} if on else {}),
            **spec,
        },
    }
