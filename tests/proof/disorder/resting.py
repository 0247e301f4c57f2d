"""What holds the chain holds it: an invocation that begins and ends under the same hold takes no further node."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import deployment
from sandbox.books import Call
from tests.proof.marks import CORDONED_BY

if TYPE_CHECKING:
    from tests.proof.disorder.story import Disorder

_NOT_YET = ("Choose", "Preflight", "Cordon")
"""Phases of nodes that nothing was done to; of the last perhaps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """As an invocation found it."""

    why: str
    since: int  # calls in the books
    taken: frozenset[str]  # nodes that are cordoned, or on the road

    @classmethod
    def of(cls, here: "Disorder") -> "Rest | None":
        """None where nothing holds the chain."""
        why = holds(here)
        return cls(why=why, since=len(here.world.books), taken=_taken(here)) if why else None

    def broken(self, here: "Disorder") -> tuple[str, ...]:
        """The nodes that were taken all the same; () where none was, or the hold has changed meanwhile."""
        if holds(here) != self.why:
            return ()
        calls = tuple(here.world.books)[self.since :]
        new = dict.fromkeys(call.name for call in calls if _cordons(call) and call.name not in self.taken)
        return tuple(f"{name} was cordoned, though the chain was held: {self.why}" for name in new)


def holds(here: "Disorder") -> str:
    """What holds every refresh there is, as JSON; "" where nothing does."""
    view = here.world.view
    state = (
        each.get("data") or {} for each in view.list("configmaps", "repull") if each["metadata"]["name"] == "state"
    )
    data = next(state, {})
    refreshes = view.list("noderefreshes")
    pauses = [(each["metadata"].get("annotations") or {}).get("repull.dev/pause") for each in refreshes]
    settings = here.laboratory.settings
    found = {
        "setting": settings.pause.value == "on",
        "freeze": "; ".join(map(str, settings.freezes)),  # none is deployed that is over within a story …
        "window": "; ".join(map(str, settings.windows)),  # … and none that opens
        "cluster": data.get("paused"),
        "breaker": data.get("breaker"),
        "refreshes": pauses if pauses and None not in pauses else None,
    }
    held = {key: value for key, value in found.items() if value}
    return json.dumps(held) if held else ""


def _taken(here: "Disorder") -> frozenset[str]:
    cordoned = {
        each["metadata"]["name"]
        for each in here.world.view.list("nodes")
        if (each["metadata"].get("labels") or {}).get(CORDONED_BY)
    }
    slots = (
        slot for each in here.world.view.list("noderefreshes") for slot in (each.get("status") or {}).get("slots") or ()
    )
    return frozenset(cordoned | {slot["node"] for slot in slots if slot.get("node") and slot["phase"] not in _NOT_YET})


def _cordons(call: Call) -> bool:
    cordons = (call.verb, call.resource, call.user) == ("patch", "nodes", deployment.REFRESH) and call.status < 300
    return cordons and bool((call.body.get("spec") or {}).get("unschedulable"))
