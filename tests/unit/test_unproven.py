"""What is said of a node that nothing proves is what is so: it stays cordoned, or somebody has opened it."""

from dataclasses import replace
from typing import Any

import pytest

from functions.errors import Refused
from functions.hold import Hold
from functions.model.cluster import Node, NodeChange
from functions.model.refresh import Outcome, Phase
from functions.phases import probing, verify
from functions.phases.result import Done
from functions.phases.unproven import unproven
from functions.probe import Answer, ProbeAnswer, ProbeKind
from tests.unit.renewing import CORDONED, Machine

OPEN = replace(CORDONED, unschedulable=False)
ANEW = replace(OPEN, uid="of-the-new-one", labels={})


class Nodes:
    """`ports.Nodes` with the one node."""

    def __init__(self, machine: Machine, refusal: Refused | None = None) -> None:
        self.machine, self.refusal, self.unreadable = machine, refusal, False

    def get(self, _: str) -> Node:
        if self.unreadable and self.refusal:
            raise self.refusal
        return self.machine.node

    def change(self, node: Node, change: NodeChange) -> Node:
        if self.refusal:
            raise self.refusal
        self.machine.node = replace(node, unschedulable=bool(change.unschedulable))
        return self.machine.node


def held(node: Node, refusal: Refused | None = None) -> tuple[Hold, Any]:
    machine = Machine(node=node)
    hold, nodes = machine.hold(Phase.VERIFY), Nodes(machine, refusal)
    one: Any = nodes
    hold.cluster = replace(hold.cluster, nodes=one)
    return hold, nodes


@pytest.mark.parametrize(
    "node, said",
    [
        pytest.param(CORDONED, "node n1 stays cordoned (when it is well again: kubectl uncordon n1): why", id="closed"),
        pytest.param(OPEN, "node n1 is cordoned no more, though nothing proves it well (", id="opened"),
        pytest.param(ANEW, "node n1 stays cordoned", id="made-anew"),
    ],
)
def test_what_is_said_is_what_is_so(node: Node, said: str) -> None:
    hold, nodes = held(node)

    done = unproven(hold, "why")

    assert done.outcome is Outcome.FAILED
    assert (done.note == done.stop, said in done.note, done.note.endswith(": why")) == (True, True, True)
    assert nodes.machine.node.unschedulable == (node is not OPEN)


def test_a_node_that_can_t_be_cordoned_again_is_said_to_be_open() -> None:
    hold, _ = held(ANEW, Refused("patch nodes n1: 403"))

    assert "kubectl cordon n1" in unproven(hold, "why").note


def test_a_node_that_can_t_be_read_is_taken_to_be_as_it_was_left() -> None:
    """It keeps no run from its end."""
    hold, nodes = held(CORDONED, Refused("get nodes n1: 403"))
    nodes.unreadable = True

    assert "stays cordoned" in unproven(hold, "why").note


def test_a_node_that_is_made_anew_while_it_is_verified_is_closed_before_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hold, nodes = held(CORDONED)
    closed = []

    def run(_: Hold, __: ProbeKind, ___: object, names: tuple[str, ...]) -> dict[str, ProbeAnswer]:
        closed.append(nodes.machine.node.unschedulable)
        nodes.machine.node = ANEW
        answer = Answer.UNKNOWN if len(closed) == 1 else Answer.PASS
        return dict.fromkeys(names, ProbeAnswer(answer=answer, evidence="its kubelet is silent"))

    monkeypatch.setattr(probing, "run", run)

    assert not isinstance(verify.step(hold), Done)
    assert closed == [True, True]
    assert hold.slot.node_uid == ANEW.uid
