"""What the functions did and said, whatever came of it."""

from collections.abc import Mapping
from typing import Any

from sandbox import deployment
from sandbox.books import REVIEWS, WRITES, Call
from sandbox.judge.check import Check, empty
from sandbox.world import World

_FUNCTIONS = (deployment.DIAGNOSE, deployment.REFRESH)
_CHANGE_NOTHING = frozenset({"events", REVIEWS})
_RENEWS = frozenset({"reset", "recreateInstances", "stopInstances", "startInstances"})


def nothing_was_touched(world: World) -> Check:
    """The functions' accounts wrote nothing to the cluster and to Compute, but for what they said in Events."""
    wrote = [f"{call.verb} {call.resource} {call.name}" for call in writes(world)]
    return empty("the functions changed nothing, in the cluster or in Compute", wrote)


def writes(world: World) -> list[Call]:
    """Every changing call of the functions' accounts, refused or not. An Event says something, a review asks."""
    return [
        call
        for call in world.books
        if call.user in _FUNCTIONS
        and call.resource not in _CHANGE_NOTHING
        and ((call.api == "kubernetes" and call.verb in WRITES) or (call.api == "compute" and call.verb in _RENEWS))
    ]


def no_dead_letter(world: World) -> Check:
    found = [f"{each.attributes.get('reason')}" for each in world.tap.messages if each.topic.endswith("-dead-letters")]
    return empty("no message ended in the dead letters", found)


def advised(verdict: Mapping[str, Any], *words: str) -> Check:
    """The diagnosis came, and its advice has these words."""
    advice = str(verdict.get("advice", "there was no such verdict"))
    missing = [word for word in words if word not in advice]
    return Check(says=f"the advice names {' and '.join(words)}", holds=not missing, why=advice)
