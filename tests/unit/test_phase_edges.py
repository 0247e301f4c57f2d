"""What docs/refresh.md says leads from one phase to the next is what the code of the phases can answer."""

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module

from functions.methods import CALLS, METHODS
from functions.model.refresh import Phase
from functions.phases import escalate, last_look, overdue, recheck, result
from functions.refresh import STEPS
from tests.unit.test_docs import ROOT, rows

Edge = tuple[str, str]

ANSWERS: dict[str, Callable[..., object]] = {
    "roll_back": result.roll_back,
    "give_way": result.give_way,
    "escalate": escalate.escalate,
    "last_look": last_look.last_look,
    "look": recheck.look,
    "unmade": overdue.unmade,
}
"""What phases share: whoever calls one of these may answer with its phase."""
OF_A_METHOD = {
    "after_cordon": {way.after_cordon for way in METHODS.values()},
    "then": {call.then for call in CALLS.values()},
}


def phases_in(tree: ast.AST) -> Iterator[Phase]:
    """Those that a `Next(phase=…)` in it names, or a call of what phases share."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Next":
                (target,) = [keyword.value for keyword in node.keywords if keyword.arg == "phase"]
                assert isinstance(target, ast.Attribute), ast.unparse(node)
                yield from OF_A_METHOD[target.attr] if target.attr in OF_A_METHOD else [Phase[target.attr]]
            elif node.func.id in ANSWERS:
                yield from phases_in(ast.parse(inspect.getsource(ANSWERS[node.func.id])))


def of_the_code() -> set[Edge]:
    found = {
        (phase, to)
        for phase, step in STEPS.items()
        for to in phases_in(ast.parse(inspect.getsource(import_module(step.__module__))))
    }
    return found | {
        (phase, to) for phase, end in overdue.ENDS.items() for to in phases_in(ast.parse(inspect.getsource(end)))
    }


def test_the_pages_edges_are_the_codes() -> None:
    _, *told = rows((ROOT / "docs/refresh.md").read_text(), "## From phase to phase")
    edges = {
        (source, to) for sources, targets, _ in told for source in sources.split(", ") for to in targets.split(", ")
    }
    assert edges == of_the_code()
