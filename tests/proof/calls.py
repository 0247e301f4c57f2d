"""What the simulators' books say that the product has asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox import deployment
from sandbox.books import Call
from sandbox.world import World
from tests.proof.marks import CORDONED_BY

RENEWALS = ("reset", "recreateInstances", "stopInstances", "startInstances")
GENTLEST_FIRST = ("reset", "stopInstances", "recreateInstances")
_NOT_YET = frozenset({"Choose", "Preflight"})


def renewals(world: World) -> list[Call]:
    """A call whose answer got lost (status 0) was made all the same; one that was refused was asked for, too."""
    return [call for verb in RENEWALS for call in world.books.calls(api="compute", verb=verb)]


def machines_of(call: Call) -> tuple[str, ...]:
    """The names of those that a renewal asks for."""
    if call.verb == "reset":
        return (call.name,)
    return tuple(str(url).rpartition("/")[2] for url in call.body.get("instances") or ())


def places_asked_for(world: World) -> Iterator[int]:
    """The places of refreshes that are perhaps no more, as far as they were asked for as a number."""
    for call in world.books.calls(verb="create", resource="noderefreshes", user=deployment.REFRESH):
        asked = str((call.body.get("spec") or {}).get("maxUnavailable") or "1")
        yield int(asked) if asked.isdecimal() else 1


def cordons_for(call: Call) -> Iterator[str]:
    """The refresh for which this call cordons a node."""
    if (call.verb, call.resource, call.user) == ("patch", "nodes", deployment.REFRESH) and call.status < 300:
        labels = (call.body.get("metadata") or {}).get("labels") or {}
        if labels.get(CORDONED_BY) and (call.body.get("spec") or {}).get("unschedulable"):
            yield labels[CORDONED_BY]


def opens(call: Call) -> bool:
    """Whether whoever calls wants the node to take pods again."""
    spec = call.body.get("spec") or {}
    return (call.verb, call.resource) == ("patch", "nodes") and "unschedulable" in spec and not spec["unschedulable"]


def gives_back(call: Call) -> bool:
    """Whether repull takes its own cordon off; one that was there before stays."""
    labels = (call.body.get("metadata") or {}).get("labels") or {}
    taken_off = CORDONED_BY in labels and labels[CORDONED_BY] is None
    asked = (call.verb, call.resource, call.user) == ("patch", "nodes", deployment.REFRESH)
    return asked and call.status < 300 and taken_off


def writes_a_status(call: Call) -> bool:
    return (call.user, call.resource, call.status) == (deployment.REFRESH, "noderefreshes/status", 200)


def writes_that_it_stops(call: Call) -> bool:
    """Whether a refresh says from here on that a node has failed, or that it was told to stop."""
    status = call.body.get("status") or {}
    return writes_a_status(call) and bool(status.get("failed") or status.get("stopping"))


def on_the_road(status: Mapping[str, Any]) -> frozenset[str]:
    """The nodes that are chosen for good."""
    slots = status.get("slots") or ()
    return frozenset(slot["node"] for slot in slots if slot.get("node") and slot.get("phase") not in _NOT_YET)
