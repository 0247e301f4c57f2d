"""What the product has seen, it heeds: a machine is not renewed whose node a person took back before the last look."""

from collections.abc import Iterator

from sandbox import deployment
from sandbox.books import Call
from sandbox.world import World
from tests.proof.invariants import RENEWALS


def unheeded(world: World) -> Iterator[str]:
    """By the books: for each renewal of a node that was open when the product looked at it last, a sentence."""
    taken_back: set[str] = set()  # by a person, and nobody has looked since
    seen: set[str] = set()
    for call in world.books:
        if call.api == "compute" and call.verb in RENEWALS[:3]:  # a start gives back, whatever was seen
            yield from (
                f"{name} was to be renewed though a person took it back" for name in _named(call) if name in seen
            )
        if call.resource != "nodes" or call.status >= 300:
            continue
        if call.user != deployment.REFRESH and (call.verb == "delete" or _opens(call)):
            taken_back.add(call.name)
        elif call.user == deployment.REFRESH and call.verb == "get" and call.name in taken_back:
            seen.add(call.name)
        elif call.verb == "patch" and (call.body.get("spec") or {}).get("unschedulable"):
            taken_back.discard(call.name)
            seen.discard(call.name)


def _opens(call: Call) -> bool:
    return call.verb == "patch" and (call.body.get("spec") or {}).get("unschedulable", True) is False


def _named(call: Call) -> tuple[str, ...]:
    if call.verb == "reset":
        return (call.name,)
    return tuple(str(url).rpartition("/")[2] for url in call.body.get("instances") or ())
