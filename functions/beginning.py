"""A refresh begins: it takes the cluster's lease, takes back what a namesake has left, and counts what is in scope.

One that was asked of another cluster, or long ago, ends before it begins: a backup restores objects without their
status, so all that a cluster had kept would begin anew. So does one whose nodes could never be verified.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from functions import events, ownership, slots, verifiable
from functions.hold import Hold
from functions.model.cluster import LABEL_VALUE, Node, NodeChange
from functions.model.refresh import Phase, RefreshPhase, RefreshStatus, Slot
from functions.phases import marks, outage, scope
from functions.text import counted

OUTDATED = timedelta(days=1)
"""What nobody has begun for so long is not begun any more: it may have been another day's outage."""


def _uncordon(node: Node, refresh: str) -> NodeChange | None:
    """As the sweep has it (`tidying.fate`), which tells of a node that an even earlier refresh had left unproven."""
    if node.unschedulable and ownership.left_unproven_by(node, refresh):
        return None
    return ownership.uncordon(node, refresh, cordoned_before=False)


_CORDON: marks.Row = (ownership.CORDONED_BY, _uncordon)


def begin(hold: Hold) -> bool:
    """Start a pending refresh, once: afterwards it is Running. False where it can't begin in this invocation.

    One that is not to be begun has nothing left to do afterwards; of another cluster's, however far it says that it is.
    """
    if foreign := _foreign(hold):
        refuse(hold, foreign)
        return True
    if hold.status.phase is not RefreshPhase.PENDING:
        return True
    unfit = _unnameable(hold) or _outdated(hold) or verifiable.lacking(hold.refresh.spec.image)
    stopping = bool(unfit or hold.status.stopping)  # or aborted before it began: it only takes back, and ends
    if not stopping and (other := _lease_holder(hold)) != hold.name:
        waiting = f"waiting for {other}, which is at work in this cluster"
        hold.save(lambda status, slot: slots.stand_by(status, slot, waiting))
        hold.record(events.BUSY, waiting)
        return False
    if not _cleared(hold):
        hold.publish_next()
        return False
    if unfit:
        refuse(hold, unfit)
    if hold.status.stopping:
        return True
    total = scope.size(hold)
    now = hold.now()
    hold.save(
        lambda status, _: replace(
            status,
            phase=RefreshPhase.RUNNING,
            total=total,
            places=scope.places(hold.refresh.spec, total),
            started_at=now,
            message="at work",
        ),
        saying=partial(_tell, hold),
    )
    return True


def _foreign(hold: Hold) -> str:
    """Its consents and names were meant for other machines. It comes by kubectl in a wrong context, or by a backup."""
    asked, here = hold.refresh.spec.cluster, hold.cluster.key
    if asked == here:
        return ""
    return (
        f"it was asked of {asked}, and this is {here}, where nothing was touched: "
        f"kubectl delete noderefresh {hold.name}"
    )


def _unnameable(hold: Hold) -> str:
    """Made by hand: what a refresh does is noted by its name, in labels, which could not be found again."""
    if LABEL_VALUE.fullmatch(hold.name):
        return ""
    return (
        f"its name has {len(hold.name)} characters, and a label takes 63, so it takes no node: "
        f"kubectl delete noderefresh {hold.name}, and start another one with a shorter name"
    )


def _outdated(hold: Hold) -> str:
    """One that waits for another to end may wait for as long as that is held."""
    asked = hold.refresh.spec.asked_at or hold.refresh.created
    if slots.stands_by(hold.status, hold.slot) or hold.now() - asked < OUTDATED:
        return ""
    return (
        f"it was asked for at {asked:%Y-%m-%d %H:%M} UTC, and nobody has begun it for a day, so it takes no node: "
        f"kubectl delete noderefresh {hold.name}, and start another one where it is wanted still"
    )


def refuse(hold: Hold, why: str) -> None:
    """It is not begun: every slot has nothing left to do."""

    def finish(status: RefreshStatus, _: Slot) -> RefreshStatus:
        finished = tuple(replace(each, phase=Phase.FINISHED) for each in status.slots)
        return slots.stop(replace(status, slots=finished), why)

    hold.save(finish)


def _tell(hold: Hold, begun: RefreshStatus) -> None:
    said, spec = f"{counted(begun.total or 0, 'node')} in scope", hold.refresh.spec
    hold.record(
        events.REFRESH_STARTED,
        f"{hold.name} started: {said}",
        total=begun.total,
        reason=spec.reason,
        requested_by=spec.requested_by,
    )
    hold.cluster.announcer.on_refresh(hold.refresh, "Started", said)


def _lease_holder(hold: Hold) -> str:
    """Who has the cluster's lease after we asked for it. A holder that is over or gone loses it at once."""
    holder = hold.cluster.leases.take(hold.name, hold.guard)
    if holder == hold.name:
        return holder
    other = hold.cluster.refreshes.get(holder)
    if (other is None or other.status.phase.over) and hold.cluster.leases.steal(hold.name, from_holder=holder):
        return hold.name
    return holder


def _cleared(hold: Hold) -> bool:
    """Nothing is ours before we begin: what bears our name is left by a refresh of this name that somebody deleted.

    Its names come from causes and messages, so the next event of the cause may open it again before a sweep has seen
    that it was gone. False where the time is up before all is taken back. Where something can't be, it ends.
    But a cordon stays that nobody has proven needless: the sweep says so, and it may be this one's to renew.
    """
    for refused in outage.give_back(hold):
        hold.record(events.SWEPT, refused, warning=True)

    def say(node: Node) -> None:
        hold.record(events.SWEPT, f"takes back what an earlier {hold.name} has left on {node.name}", node=node.name)

    kept = ""
    for why in marks.take_back(hold, (_CORDON, marks.TAINT, marks.MARK), saying=say):
        kept = kept or why
        if hold.spent:
            return False
    if kept:
        refuse(hold, f"what an earlier {hold.name} has left on nodes can't be taken back: {kept}")
    return True
