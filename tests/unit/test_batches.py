"""Which nodes a slot asks first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.model.verdict import Cause
from functions.phases.batches import blind, in_turn, share
from functions.probe import Answer, ProbeAnswer
from tests.unit.make import node

NODES = tuple(node(f"n{number}") for number in range(4))


def test_slots_that_choose_at_the_same_time_begin_at_different_nodes() -> None:
    assert [in_turn(NODES, turn)[0].name for turn in range(6)] == ["n0", "n1", "n2", "n3", "n0", "n1"]


@given(st.integers(0, 4), st.integers(0, 60))
def test_no_node_is_left_out_whose_ever_turn_it_is(number: int, turn: int) -> None:
    found = NODES[:number]

    assert sorted(in_turn(found, turn), key=NODES.index) == list(found)


@pytest.mark.parametrize(
    "most, choosing, each", [(5, 1, 5), (5, 2, 2), (5, 9, 2), (50, 10, 5), (50, 50, 2), (1, 1, 1), (1, 9, 1)]
)
def test_slots_that_choose_share_what_one_of_them_might_ask_at_a_time(most: int, choosing: int, each: int) -> None:
    assert share(most, choosing) == each


ODD = ProbeAnswer(answer=Answer.UNKNOWN, evidence="the probe's pod was rejected: OutOfpods")
AWAY = ProbeAnswer(answer=Answer.UNKNOWN, evidence="502 Bad Gateway", cause=Cause.REGISTRY_ERROR)
FRESH = ProbeAnswer(answer=Answer.PASS, evidence="")


@pytest.mark.parametrize(
    "answers, stops",
    [
        ([], False),
        ([ODD], False),
        ([ODD, ODD], False),
        ([ODD] * 5, True),
        ([*[ODD] * 4, FRESH], False),
        ([AWAY], True),
        ([ODD, AWAY], True),
        ([AWAY, FRESH], False),
    ],
)
def test_a_run_stops_where_nobody_can_be_asked_and_not_for_a_few_odd_nodes(
    answers: list[ProbeAnswer],
    stops: bool,  # noqa: FBT001 - a column
) -> None:
    assert bool(blind(tuple(answers), many=5)) is stops


def test_what_stops_it_so_says_where_to_look() -> None:
    """Whatever the evidence is cut to."""
    said = blind((AWAY,), many=5)

    assert re.search(r"\(kubectl -n repull get events .+ start again\): 502 Bad Gateway$", said)
