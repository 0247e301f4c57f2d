"""A deliberate breakage of what must always hold, with the plan that must find it."""

from dataclasses import dataclass

from tests.proof.disorder.plans import NODES, Act, Delivery, Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """`before` stands in the file of functions/ exactly once."""

    file: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Breakage:
    name: str
    says: str
    edits: tuple[Edit, ...]
    plan: Plan


def breakage(name: str, says: str, plan: Plan, *edits: tuple[str, str, str]) -> Breakage:
    made = tuple(Edit(file=f"functions/{file}", before=before, after=after) for file, before, after in edits)
    return Breakage(name=name, says=says, edits=made, plan=plan)


def amid(kind: str, nth: int, *acts: Act, again: bool = False) -> Delivery:
    """A delivery in which these things happen before the n-th call of a kind."""
    return Delivery(again=again, amid=tuple((kind, nth, act) for act in acts))


NEXT = Act("meanwhile")
THREE = Plan(stale=(0, 1, 2))
ONE = (("nodes", NODES[0]),)
