"""What the product has seen, it heeds: a machine is not renewed whose node a person took back before the last look.

That look comes after the volumes: where they were listed since, it has seen the node, or should have.
"""

from collections.abc import Iterator

from sandbox import deployment
from sandbox.world import World
from tests.proof.calls import RENEWALS, gives_back, machines_of, opens


def unheeded(world: World) -> Iterator[str]:
    """By the books: for each renewal of a node that was open when the product looked at it last, a sentence."""
    cordoned: set[str] = set()  # at any time
    held: set[str] = set()  # by the product: else a person's hand on it takes nothing back
    taken_back: set[str] = set()  # by a person, and nobody has looked since
    seen: set[str] = set()
    for call in world.books:
        if call.api == "compute" and call.verb in RENEWALS[:3]:  # a start gives back, whatever was seen
            yield from (
                f"{name} was to be renewed though a person took it back" for name in machines_of(call) if name in seen
            )
        if call.resource == "volumeattachments" and call.user == deployment.REFRESH and len(cordoned) == 1:
            seen |= cordoned & taken_back  # whose they are is not in the books where several are cordoned
        if call.resource != "nodes" or call.status >= 300:
            continue
        if call.user != deployment.REFRESH and (call.verb == "delete" or opens(call)):
            taken_back |= {call.name} & held
        elif gives_back(call):
            held.discard(call.name)
        elif call.user == deployment.REFRESH and call.verb == "get" and call.name in taken_back:
            seen.add(call.name)
        elif call.verb == "patch" and (call.body.get("spec") or {}).get("unschedulable"):
            taken_back.discard(call.name)
            seen.discard(call.name)
            cordoned.add(call.name)
            if call.user == deployment.REFRESH:
                held.add(call.name)
