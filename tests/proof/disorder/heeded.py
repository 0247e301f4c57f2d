"""What the product has seen, it heeds: a machine is not renewed whose node a person took back before the last look.

That look comes after the volumes: where they were listed since, it has seen the node, or should have. Whoever is frozen
between that look and the call makes this one call all the same, whatever others have seen meanwhile: Compute Engine
takes no condition with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox import deployment
from sandbox.world import World
from tests.proof.calls import RENEWALS, gives_back, machines_of, opens


@dataclass(frozen=True, slots=True)
class Leaving:
    """A renewal on its way: how many calls the books had when it was decided, and when it left."""

    decided: int
    left: int


def unheeded(world: World, on_their_way: Iterable[Leaving] = ()) -> Iterator[str]:
    """By the books: for each renewal of a node that was open when the product looked at it last, a sentence."""
    decided = {each.left: each.decided for each in on_their_way}
    cordoned: set[str] = set()  # at any time
    held: set[str] = set()  # by the product: else a person's hand on it takes nothing back
    taken_back: set[str] = set()  # by a person, and nobody has looked since
    seen: dict[str, int] = {}  # and since when
    for number, call in enumerate(world.books):
        if call.api == "compute" and call.verb in RENEWALS[:3]:  # a start gives back, whatever was seen
            since = decided.get(max((left for left in decided if left <= number), default=number), number)
            yield from (
                f"{name} was to be renewed though a person took it back"
                for name in machines_of(call)
                if seen.get(name, number) < since
            )
        if call.resource == "volumeattachments" and call.user == deployment.REFRESH and len(cordoned) == 1:
            # Whose they are is not in the books where several are cordoned.
            seen = dict.fromkeys(cordoned & taken_back, number) | seen
        if call.resource != "nodes" or call.status >= 300:
            continue
        if call.user != deployment.REFRESH and (call.verb == "delete" or opens(call)):
            taken_back |= {call.name} & held
        elif gives_back(call):
            held.discard(call.name)
        elif call.user == deployment.REFRESH and call.verb == "get" and call.name in taken_back:
            seen.setdefault(call.name, number)
        elif call.verb == "patch" and (call.body.get("spec") or {}).get("unschedulable"):
            taken_back.discard(call.name)
            seen.pop(call.name, None)
            cordoned.add(call.name)
            if call.user == deployment.REFRESH:
                held.add(call.name)
