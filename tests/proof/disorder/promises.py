"""What was promised beside the ten invariants, by the books: one row for each, told what the story asked for.

A renewed node is opened only once a probe has asked for its image; what nobody consented to is left alone; an excluded
node is, too; no machine is renewed whose own node is not cordoned for it; and before the canary is let go no second
node is cordoned.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import deployment
from sandbox.world import World
from tests.proof.calls import RENEWALS, cordons_for, gives_back, machines_of, opens

BARE = "alone-"
"""How the names of pods begin that no controller brings back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What may be done, and which nodes a person has kept out of it all the while."""

    world: World
    asked: Mapping[str, Any]  # fields of the start message
    excluded: frozenset[str]
    ailing: frozenset[str] = frozenset()  # nodes whose machines can't pull from before until now
    ends: tuple[int, ...] = ()  # how many calls the books had at the end of each invocation


def verified(asked: Asked) -> Iterator[str]:
    """Whatever opens a renewed node, a probe was put on it since: but for a person, and for a deleted refresh."""
    unproven: set[str] = set()
    for call in asked.world.books:
        if (call.verb, call.resource) == ("delete", "noderefreshes"):
            return  # the sweep gives back what it has left
        if call.api == "compute" and call.verb in RENEWALS[:3] and call.status in (0, 200):
            unproven.update(machines_of(call))
        elif (call.verb, call.resource, call.namespace) == ("create", "pods", "repull"):
            unproven.discard((call.body.get("spec") or {}).get("nodeName", ""))
        elif call.resource == "nodes" and call.user != deployment.REFRESH and (call.verb == "delete" or opens(call)):
            unproven.discard(call.name)
        elif call.user == deployment.REFRESH and opens(call) and call.status < 300 and call.name in unproven:
            yield f"{call.name} was opened after its renewal, and nothing showed that it can pull"


def opened_when_well(asked: Asked) -> Iterator[str]:
    """No renewed machine that never could pull is opened: but by a person, or for a deleted refresh."""
    opened: set[str] = set()
    renewed: set[str] = set()
    for call in asked.world.books:
        if (call.verb, call.resource) == ("delete", "noderefreshes"):
            return
        if call.api == "compute" and call.verb in RENEWALS[:3] and call.status in (0, 200):
            renewed.update(machines_of(call))
        elif call.user == deployment.REFRESH and opens(call) and call.status < 300 and call.name in renewed:
            opened.add(call.name)
        elif call.user != deployment.REFRESH and (opens(call) or (call.verb, call.resource) == ("delete", "nodes")):
            renewed.discard(call.name)
    for name in sorted(opened & asked.ailing - asked.world.fleet.removed.keys()):
        if asked.world.fleet[name].is_stale:
            yield f"{name} was opened after its renewal, and can't pull"


def consented(asked: Asked) -> Iterator[str]:
    """No pod is evicted that nothing brings back."""
    if asked.asked.get("deleteBarePods"):
        return
    for call in asked.world.books.calls(verb="create", resource="pods/eviction", user=deployment.REFRESH):
        if call.name.startswith(BARE):
            yield f"{call.name} was to be evicted, and nobody has consented to its loss"


def left_alone(asked: Asked) -> Iterator[str]:
    """No node is cordoned that carried the label from before until now."""
    for name, _ in _cordons(asked.world):
        if name in asked.excluded:
            yield f"{name} was cordoned, though a person has excluded it"


def its_own_node(asked: Asked) -> Iterator[str]:
    """No machine is renewed whose own node is not cordoned for it: whatever another Node says that it is.

    A node that is given back, or deleted, must be cordoned anew; from the next invocation on, as the one under way has
    perhaps looked already.
    """
    cordoned: set[str] = set()
    left: set[str] = set()
    ends = frozenset(asked.ends)
    for number, call in enumerate(asked.world.books):
        if number in ends:
            cordoned -= left
            left.clear()
        if any(cordons_for(call)):
            cordoned.add(call.name)
            left.discard(call.name)
        elif gives_back(call) or ((call.verb, call.resource) == ("delete", "nodes") and call.status < 300):
            left.add(call.name)
        elif call.api == "compute" and call.verb in RENEWALS[:3]:
            yield from (
                f"{name} was to be renewed, and its node was not cordoned"
                for name in machines_of(call)
                if name not in cordoned
            )


def canary_first(asked: Asked) -> Iterator[str]:
    """While the first node that a refresh has cordoned is not let go, and none was let go before, it is the only.

    One that is made anew is passed over, but not after its renewal: it is the run's to prove, whoever has made it.
    """
    under_way: dict[str, str] = {}  # by refresh, the first node
    trusted: set[str] = set()  # refreshes
    renewed: set[str] = set()  # nodes, since their cordon
    for call in asked.world.books:
        if call.api == "compute" and call.verb in RENEWALS[:3] and call.status in (0, 200):
            renewed.update(machines_of(call))
        if any(cordons_for(call)):
            renewed.discard(call.name)
        for refresh in cordons_for(call):
            if refresh not in trusted and under_way.setdefault(refresh, call.name) != call.name:
                yield f"{call.name} was cordoned for {refresh} while {under_way[refresh]}, its first, was not verified"
        for known, name in under_way.items():
            let_go = opens(call) or gives_back(call)  # a cordon of others stays, and the node is verified all the same
            made_anew = call.resource == "nodes" and call.verb in ("create", "delete") and name not in renewed
            if call.name == name and (let_go or made_anew):
                trusted.add(known)


PROMISES: tuple[Callable[[Asked], Iterator[str]], ...] = (
    verified,
    opened_when_well,
    consented,
    left_alone,
    its_own_node,
    canary_first,
)


def unkept(asked: Asked) -> tuple[str, ...]:
    """Every promise that was not kept, a sentence each; () where all were."""
    return tuple(said for promise in PROMISES for said in promise(asked))


def _cordons(world: World) -> Iterator[tuple[str, str]]:
    """Node and refresh."""
    for call in world.books:
        yield from ((call.name, refresh) for refresh in cordons_for(call))
