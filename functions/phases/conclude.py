"""Conclude: the last slot to finish takes back probes, marks and taints, gives up the lease, and writes how it ended.

The end is written last, so that a crash anywhere before it only repeats harmless work.
"""

from dataclasses import replace
from datetime import datetime

from functions import events, slots
from functions.hold import Hold
from functions.model.refresh import Condition, RefreshPhase, RefreshStatus
from functions.phases import marks
from functions.phases.result import Concluded, HandOver, Result

CONDITIONS = {RefreshPhase.SUCCEEDED: "Complete", RefreshPhase.FAILED: "Failed", RefreshPhase.ABORTED: "Aborted"}


def step(hold: Hold) -> Result:
    """The refresh has ended; or other slots are still at work and one of them will end it."""
    if not slots.all_finished(hold.status):
        return Concluded()
    for probe in hold.cluster.pods.probes(hold.name):  # whoever made them has died, and nobody has asked again
        hold.breathe()
        hold.guard()
        hold.cluster.pods.delete(probe, grace_seconds=0)
    for _ in marks.take_back(hold):
        if hold.spent:
            return HandOver()
    hold.cluster.leases.release(hold.name)
    hold.save(lambda status, slot: ended(slots.release(status, slot), now=hold.now()))
    end = hold.status
    failed = end.phase is not RefreshPhase.SUCCEEDED
    hold.record(
        events.REFRESH_ENDED,
        end.message,
        warning=failed,
        phase=end.phase,
        fresh=end.fresh,
        renewed=end.renewed,
        failed=end.failed,
        refused=end.refused,
        notes=end.notes,
    )
    hold.cluster.announcer.on_refresh(hold.refresh, end.phase.value, end.message, warning=failed)
    return Concluded()


def ended(status: RefreshStatus, *, now: datetime) -> RefreshStatus:
    """How the refresh ended, with exactly one condition True. Pure."""
    phase = verdict(status)
    message = summary(status)
    conditions = tuple(
        Condition(type=kind, status=each is phase, reason=phase.value, message=message, since=now)
        for each, kind in CONDITIONS.items()
    )
    return replace(status, phase=phase, message=message, ended_at=now, conditions=conditions, held="", not_before=None)


def verdict(status: RefreshStatus) -> RefreshPhase:
    """Succeeded only where nothing failed, nothing was refused and nobody stopped it."""
    if status.aborting:
        return RefreshPhase.ABORTED
    if status.stopping or status.failed or status.refused:
        return RefreshPhase.FAILED
    return RefreshPhase.SUCCEEDED


def summary(status: RefreshStatus) -> str:
    """One sentence that says what became of the nodes, and why it stopped where it did."""
    counts = (
        (status.renewed, "renewed"),
        (status.fresh, "could pull"),
        (status.failed, "failed"),
        (status.refused, "refused"),
        (status.passed_over, "passed over"),
    )
    said = ", ".join(f"{number} {word}" for number, word in counts if number) or "no node in scope"
    why = status.stopping or (status.notes[-1] if status.refused and status.notes else "")
    return f"{said}: {why}" if why else said
