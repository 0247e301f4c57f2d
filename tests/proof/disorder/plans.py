"""What a story of disorder is made of: plain values, whose `repr` is a row for the table of what was found."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from sandbox.scenarios import runbook

NODES = tuple(runbook.NODES)
MOST_CALLS = 90
"""Of one invocation, before which something may happen: a whole road has about as many."""

KINDS = (
    "patch nodes",
    "update noderefreshes/status",
    "create pods/eviction",
    "create pods",
    "patch deployments",
    "reset of Google",
    "recreateInstances of Google",
    "stopInstances of Google",
    "startInstances of Google",
    "listManagedInstances of Google",
    "list volumeattachments",
    "update configmaps",
    "update leases",
    "list nodes",
    "watch nodes",
    "watch pods",
    "publish step",
)
"""Before the first few calls of which something happens more often than by chance: there it hurts most."""


ROLL_OUT = "roll_out"
"""What comes first where an outage is asked for, and takes too long to come in between."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody else does: a row of `acts.ACTS`. What `number` means is the row's matter."""

    what: str
    node: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One of the waiting messages; `again` leaves it in the queue, `beside` has the next one come while it is at work.

    Acts come before the invocation's n-th call of a kind; of any, where that is "".
    """

    which: int = 0
    again: bool = False
    amid: tuple[tuple[str, int, Act], ...] = ()
    beside: bool = False


CANARY = (Delivery(), Delivery())
"""The first node of a refresh, undisturbed: what comes after it finds several slots at work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How the world is at first, what is asked for, and what happens then."""

    stale: tuple[int, ...] = (0,)
    asked: tuple[tuple[str, Any], ...] = ()  # fields of the start message
    settings: tuple[tuple[str, str], ...] = ()
    before: tuple[Act, ...] = ()
    steps: tuple[Delivery | Act, ...] = ()


def plans(acts: tuple[str, ...], amid: tuple[str, ...]) -> st.SearchStrategy[Plan]:
    """`acts` may happen at any time, `amid` only while an invocation is at work."""
    node = st.integers(0, len(NODES) - 1)
    number = st.integers(0, 7)
    act = st.builds(Act, st.sampled_from(acts), node, number)
    in_an_invocation = st.builds(Act, st.sampled_from((*acts, *amid, *amid)), node, number)
    moment = st.one_of(
        st.tuples(st.just(""), st.integers(1, MOST_CALLS)), st.tuples(st.sampled_from(KINDS), st.integers(1, 4))
    )
    happening = st.builds(lambda when, what: (*when, what), moment, in_an_invocation)
    delivery = st.builds(
        Delivery,
        st.integers(0, 3),
        st.sampled_from((False, False, False, True)),
        st.lists(happening, min_size=1, max_size=4).map(tuple),
        st.booleans(),
    )
    asked = st.fixed_dictionaries(
        {"maxUnavailable": st.integers(1, 3).map(str)},
        optional={
            "method": st.sampled_from(("Reset", "Reset", "Recreate", "StopStart", "ScaleWorkloads")),
            "force": st.booleans(),
            "nodes": st.lists(node.map(NODES.__getitem__), min_size=1, max_size=4, unique=True).map(",".join),
            "deleteBarePods": st.booleans(),
        },
    ).map(lambda found: tuple(found.items()))
    settings = st.fixed_dictionaries(
        {},
        optional={
            "REPULL_ESCALATE": st.just("on"),
            "REPULL_BREAKER_RENEWALS": st.sampled_from(("1", "2", "3")),
            "REPULL_STALE_TAINTS": st.just("1"),
        },
    ).map(lambda found: tuple(found.items()))
    some = st.lists(node, min_size=1, max_size=len(NODES), unique=True).map(tuple)
    steps = st.lists(st.one_of(delivery, delivery, act), min_size=3, max_size=8).map(tuple)
    return st.builds(
        Plan,
        stale=st.one_of(some, st.permutations(range(len(NODES))).map(tuple)),
        asked=asked,
        settings=settings,
        before=st.lists(act, max_size=2).map(tuple),
        steps=st.builds(tuple.__add__, st.sampled_from(((), CANARY, CANARY)), steps),
    ).map(_with_an_outage)


def _with_an_outage(plan: Plan) -> Plan:
    """Where it is asked for it is accepted, and something can't be pulled on the first of the stale nodes."""
    if dict(plan.asked).get("method") != "ScaleWorkloads":
        return plan
    asked = (*plan.asked, ("acceptOutage", True))
    return replace(plan, asked=asked, before=(Act(ROLL_OUT, plan.stale[0]), *plan.before))
