"""What is said to whoever is about to start a refresh."""

import pytest

from functions.model.refresh import RefreshSpec
from functions.plan import First, Plan, PlannedNode
from repull.offers import Offer, shown
from repull.page import Page
from tests.unit.make import CLUSTER, IMAGE

PIPE = Page(width=None, coloured=False, plain=False)


def offer(*, total: int = 1, waits_for: tuple[str, ...] = ()) -> Offer:
    spec = RefreshSpec(cluster=CLUSTER, image=IMAGE)
    planned = PlannedNode(node="n1", first=First.PROBE, refusals=(), evicts=("prod-app/p1",), would="probe")
    return Offer(
        message={},
        planned=Plan(refresh="", spec=spec, nodes=(planned,), total=total, held=""),
        doubts=(),
        left_out=(),
        unjudged=(),
        hopeless=None,
        waits_for=waits_for,
    )


def test_each_node_has_its_row() -> None:
    assert shown(offer(), PIPE).splitlines() == [
        f"Reset in {CLUSTER}, at most 1 out of service at once; 1 node in scope; probing with {IMAGE}",
        "  NODE  PLAN   WHY",
        "  n1    probe  where it is renewed, 1 pod is evicted: prod-app/p1",
    ]


@pytest.mark.parametrize("total, words", [(2, "and 1 more node, not looked at."), (9, "and 8 more nodes, not ")])
def test_nodes_that_were_not_looked_at_are_counted(total: int, words: str) -> None:
    assert shown(offer(total=total), PIPE).splitlines()[-1].startswith(words)


def test_whoever_is_not_over_goes_before_it() -> None:
    assert shown(offer(waits_for=("r1", "r2")), PIPE).endswith("\nIt waits for its turn, behind r1, r2.")
