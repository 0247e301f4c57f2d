"""Waits for what a story needs of the world before it begins."""

from collections.abc import Callable, Iterator

from sandbox.objects.conditions import is_true
from sandbox.objects.kinds import Object, name_of
from sandbox.objects.pods import is_ready, node_of, phase_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage

PATIENCE = 90.0
"""Seconds of ring 1: with the attempts of a preparation less than a test may take."""


class Unprepared(Exception):
    """The story could not begin; the message says what did not come, and what the nodes and pods are like."""


async def comes(stage: Stage, condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Raises Unprepared where it does not come in time; `seconds` are ring 1's."""
    if not await stage.until(condition, what, seconds=seconds):
        raise Unprepared(shown(stage, what))


def shown(stage: Stage, missing: str) -> str:
    """What did not come, and how the world stands."""
    view = stage.world.view
    nodes = map(_node, view.list("nodes"))
    return "\n  ".join((f"never came: {missing}", *nodes, *map(_pod, view.list("pods", runbook.NAMESPACE))))


def waits_with(pod: Object, reason: str) -> bool:
    """Whether one of its containers waits for this reason."""
    return reason in _waiting(pod)


def _waiting(pod: Object) -> Iterator[str]:
    for each in (pod.get("status") or {}).get("containerStatuses") or ():
        if waiting := each["state"].get("waiting"):
            yield waiting.get("reason", "")


def _node(found: Object) -> str:
    said = ["Ready" if is_true(found, "Ready") else "not Ready"]
    if found["spec"].get("unschedulable"):
        said.append("cordoned")
    said += (each["key"] for each in found["spec"].get("taints") or ())
    return f"node {name_of(found)}: {', '.join(said)}"


def _pod(found: Object) -> str:
    (container,) = found["spec"]["containers"]
    said = [container["image"], node_of(found) or "no node", "READY" if is_ready(found) else phase_of(found)]
    return f"pod {name_of(found)}: {', '.join((*said, *_waiting(found)))}"
