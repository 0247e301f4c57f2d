"""Whether a node's pods have room elsewhere: what is said is certain, and what it is about is named."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions import room
from functions.model.cluster import Node, Pod, Taint
from functions.model.placement import Apart, Needs, NodeTerm, Requirement, Toleration
from functions.room import Place
from tests.unit.make import T0, node, pod

CPU = {"cpu": 1000, "memory": 2**30, "pods": 10}
TAINT = Taint(key="gpu", effect="NoSchedule", value="yes")
BIG = Requirement(key="size", operator="In", values=("big",))


GROUP = "pods prod-app/p0, prod-app/p1, prod-app/p2 (+ 1)"
SUM = "they ask for 2.4 cpu of 2 cpu that is free"
OF_A_CORDON = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")


def place(name: str = "n2", *pods: Pod, **fields: Any) -> Place:
    return Place(node=node(name, **({"allocatable": CPU} | fields)), pods=pods)


def asks(name: str = "p1", *, cpu: int = 600, **fields: Any) -> Pod:
    needs = {key: fields.pop(key) for key in list(fields) if key in Needs.__dataclass_fields__}
    return pod(name, needs=Needs(**({"requests": {"cpu": cpu}} | needs)), **fields)


@pytest.mark.parametrize(
    "moving, places, words",
    [
        pytest.param((asks(),), (place(),), "", id="it-fits"),
        pytest.param((asks(),), (), "no other node takes pod prod-app/p1: there are none", id="no-other-node"),
        pytest.param((asks(cpu=1001),), (place(), place("n3")), "2 with too little cpu", id="too-large"),
        pytest.param((asks(),), (place("n2", asks("p2")),), "1 with too little cpu", id="taken"),
        pytest.param((asks(),), (place("n2", asks("p2", phase="Failed")),), "", id="finished-pods-take-nothing"),
        pytest.param((asks(),), (place("n2", asks("p2", deleting_since=T0)),), "", id="nor-do-those-that-are-going"),
        pytest.param((asks(),), (place(allocatable=CPU | {"pods": 0}),), "too many pods", id="no-place-for-a-pod"),
        pytest.param((asks(requests={"gpu": 1}),), (place(),), "too little gpu", id="no-such-device"),
        pytest.param((asks(),), (place(unschedulable=True),), "1 cordoned", id="cordoned"),
        pytest.param((asks(),), (place(taints=(OF_A_CORDON,)),), "", id="a-taint-that-outlasts-its-cordon"),
        pytest.param((asks(),), (place(taints=(TAINT,)),), "1 with the taint gpu", id="tainted"),
        pytest.param(
            (asks(),), (place(taints=(Taint(key="a", effect="PreferNoSchedule"),)),), "", id="unwelcome-is-no-bar"
        ),
        pytest.param(
            (asks(tolerations=(Toleration(key="gpu", value="yes"),)),), (place(taints=(TAINT,)),), "", id="tolerated"
        ),
        pytest.param(
            (asks(tolerations=(Toleration(key="gpu", value="no"),)),),
            (place(taints=(TAINT,)),),
            "taint gpu",
            id="another-value",
        ),
        pytest.param(
            (asks(tolerations=(Toleration(operator="Exists"),)),), (place(unschedulable=True),), "", id="tolerates-all"
        ),
        pytest.param((asks(selector={"size": "big"}),), (place(),), "1 that its nodeSelector excludes", id="selector"),
        pytest.param(
            (asks(terms=(NodeTerm(labels=(BIG,)),)),), (place(),), "1 that its node affinity excludes", id="affinity"
        ),
        pytest.param(
            (
                asks(
                    terms=(
                        NodeTerm(labels=(BIG,)),
                        NodeTerm(name=(Requirement(key="metadata.name", operator="In", values=("n2",)),)),
                    )
                ),
            ),
            (place(),),
            "",
            id="one-term-is-enough",
        ),
        pytest.param((asks(terms=(NodeTerm(),)),), (place(),), "node affinity", id="an-empty-term-suits-none"),
        pytest.param(
            (asks(apart=(Apart(topology="zone", selector=()),)),),
            (place("n2", asks("p2", cpu=0), labels={"zone": "a"}),),
            "1 with a pod that it must be apart from",
            id="kept-apart",
        ),
        pytest.param(
            (asks(apart=(Apart(topology="zone", selector=()),)),),
            (place("n2", asks("p2", cpu=0)),),
            "",
            id="a-node-without-the-domain",
        ),
        pytest.param(
            (asks(apart=(Apart(topology="zone", selector=()),)),),
            (place("n2", asks("p2", cpu=0, namespace="other"), labels={"zone": "a"}),),
            "",
            id="of-another-namespace",
        ),
        pytest.param((asks(priority=1),), (place("n2", asks("p2")),), "", id="it-would-preempt"),
        pytest.param(
            (asks(priority=1, preempts=False),), (place("n2", asks("p2")),), "too little cpu", id="it-never-preempts"
        ),
        pytest.param((asks(cpu=2000, scheduler="another"),), (place(),), "", id="another-scheduler's"),
    ],
)
def test_one_pod(moving: tuple[Pod, ...], places: tuple[Place, ...], words: str) -> None:
    found = room.lacking(moving, places)

    assert len(found) == bool(words)
    assert words in "".join(found)


def test_pods_that_fit_one_by_one_may_not_fit_together() -> None:
    """By their sum, and by their number: a pod is not cut in two."""
    four = tuple(asks(f"p{number}") for number in range(4))

    (said,) = room.lacking(four, (place(), place("n3")))

    assert said == f"there is no room for {GROUP} together on other nodes (2 would take one): {SUM}"
    assert "there is room for 3 of 4" in room.lacking(four, (place(), place("n3"), place("n4")))[0]
    assert room.lacking(four, (place(), place("n3"), place("n4"), place("n5"))) == ()
    assert room.lacking((asks("a", cpu=900), asks("b", cpu=500), asks("c", cpu=500)), (place(), place("n3"))) == ()


def test_those_that_may_go_to_few_nodes_are_looked_at_by_themselves() -> None:
    """There is room for three elsewhere, but not where two of them have to go."""
    big = [asks(f"b{number}", selector={"size": "big"}) for number in range(2)]
    (said,) = room.lacking((*big, asks("p")), (place(labels={"size": "big"}), place("n3"), place("n4")))

    assert said.startswith(
        "there is no room for pods prod-app/b0, prod-app/b1 together on other nodes (1 would take one)"
    )


def test_every_reason_is_said_once() -> None:
    """Pods with the same reasons are one sentence."""
    moving = (asks("a", cpu=2000), asks("b", cpu=2000), asks("c", selector={"size": "big"}))

    assert room.lacking(moving, (place(),)) == (
        "no other node takes pods prod-app/a, prod-app/b: 1 with too little cpu",
        "no other node takes pod prod-app/c: 1 that its nodeSelector excludes",
    )


_SIZES = st.dictionaries(st.sampled_from(("cpu", "memory")), st.integers(0, 5), max_size=2)
_COLOURS = st.sampled_from(({}, {"colour": "red"}, {"colour": "blue"}))


def _pods(prefix: str, **fields: Any) -> st.SearchStrategy[tuple[Pod, ...]]:
    one = st.builds(
        lambda size, colour, taints, priority: Needs(
            requests=size, selector=colour, tolerations=(Toleration(operator="Exists"),) * taints, priority=priority
        ),
        _SIZES,
        _COLOURS,
        st.booleans(),
        st.integers(0, 1),
    )
    return st.lists(one, max_size=4).map(
        lambda found: tuple(pod(f"{prefix}{number}", needs=needs, **fields) for number, needs in enumerate(found))
    )


_PLACES = st.lists(
    st.builds(
        lambda size, colour, taint, count, pods: Place(
            node=node("n", allocatable={**size, "pods": count}, labels=colour, taints=(TAINT,) * taint), pods=pods
        ),
        _SIZES,
        _COLOURS,
        st.booleans(),
        st.integers(0, 4),
        _pods("t"),
    ),
    max_size=3,
).map(tuple)


@settings(max_examples=300)
@given(_pods("p"), _PLACES)
def test_what_can_be_placed_is_never_said_to_lack_room(moving: tuple[Pod, ...], places: tuple[Place, ...]) -> None:
    """Every way to place them is tried by brute force."""
    possible = any(_holds(moving, chosen, places) for chosen in product(range(len(places)), repeat=len(moving)))

    assert not (possible and room.lacking(moving, places))


@given(_pods("p"), _PLACES, _PLACES)
def test_more_nodes_only_take_sentences_away(
    moving: tuple[Pod, ...], places: tuple[Place, ...], more: tuple[Place, ...]
) -> None:
    """So looking may end once nothing is lacking."""
    assert room.lacking(moving, places) or not room.lacking(moving, (*places, *more))


def _holds(moving: tuple[Pod, ...], chosen: tuple[int, ...], places: tuple[Place, ...]) -> bool:
    """Whether every place takes what was chosen for it: by definition, without a thought for the effort."""
    return all(
        _takes(places[index], [pod for pod, to in zip(moving, chosen, strict=True) if to == index])
        for index in range(len(places))
    )


def _takes(place: Place, new: list[Pod]) -> bool:
    """Up to any priority, pods get nothing of what those of that priority or a higher one have."""
    return all(_likes(pod, place.node) for pod in new) and all(
        _fits_up_to(level, place, [pod for pod in new if pod.needs.priority <= level])
        for level in {pod.needs.priority for pod in new}
    )


def _fits_up_to(level: int, place: Place, new: list[Pod]) -> bool:
    stay = [other for other in place.pods if other.needs.priority >= level]
    total = [pod.needs.requests for pod in (*stay, *new)]
    asked = {name for pod in new for name, value in pod.needs.requests.items() if value}
    enough = (sum(each.get(name, 0) for each in total) <= place.node.allocatable.get(name, 0) for name in asked)
    return all(enough) and len(total) <= place.node.allocatable["pods"]


def _likes(pod: Pod, node: Node) -> bool:
    coloured = all(node.labels.get(key) == value for key, value in pod.needs.selector.items())
    return coloured and (not node.taints or bool(pod.needs.tolerations))
