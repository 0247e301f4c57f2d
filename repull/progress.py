"""How far refreshes are: what is done, what each node waits for, and about how long it takes yet. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions import ownership, summary
from functions.model.cluster import Node
from functions.model.refresh import Phase, Refresh, RefreshPhase

ENDED_BADLY = 3
NOT_OVER = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeProgress:
    """Where a node stands: on its road, or how it ended. `until` is when that phase's patience ends."""

    node: str
    stands: str
    why: str = ""
    until: datetime | None = None


def left(refresh: Refresh, now: datetime) -> timedelta | None:
    """About how long it takes yet, if the nodes to come take as long as those that are done.

    None where nobody can tell: none is done, the run does not go on, or its first renewal is under way, which takes far
    longer than to find out that a node can pull.
    """
    status = refresh.status
    if status.phase is not RefreshPhase.RUNNING or status.stopping or status.held:
        return None
    done = summary.done(status)
    if not status.started_at or not status.total or not done:
        return None
    if not status.renewed and any(slot.node for slot in status.slots):
        return None
    return (now - status.started_at) / done * max(status.total - done, 0)


def nodes(refresh: Refresh, marked: Iterable[Node]) -> tuple[NodeProgress, ...]:
    """Those at work first; then those of which an outcome is known: `marked` are nodes with this refresh's label."""
    status = refresh.status
    at_work = [
        NodeProgress(node=slot.node, stands=slot.phase.value, why=slot.reason, until=slot.deadline)
        for slot in status.slots
        if slot.node and slot.phase is not Phase.FINISHED
    ]
    ended = {mark.node: mark.outcome.value for slot in status.slots for mark in slot.marks}
    for node in marked:
        ended.setdefault(node.name, node.labels.get(ownership.OUTCOME, ""))
    outcomes = [NodeProgress(node=name, stands=ended[name], why=summary.noted(status, name)) for name in sorted(ended)]
    return (*at_work, *outcomes)


def exit_code(refreshes: Iterable[Refresh]) -> int:
    """As `kubectl wait` would judge them: the worst of them all."""
    phases = {each.status.phase for each in refreshes}
    if phases & {RefreshPhase.FAILED, RefreshPhase.ABORTED}:
        return ENDED_BADLY
    return 0 if phases <= {RefreshPhase.SUCCEEDED} else NOT_OVER
