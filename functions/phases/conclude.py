"""Conclude: the last slot to finish takes back probes, marks and taints, gives up the lease, and writes how it ended.

The end is written last, so that a crash anywhere before it only repeats harmless work, and an end is rather said twice
than not at all.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain

from functions import events, slots, summary
from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.refresh import Condition, RefreshPhase, RefreshStatus, Slot
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
    opened = marks.take_back(hold, (marks.TAINT,), saying=partial(marks.tell_untainted, hold))
    for _ in chain(opened, marks.take_back(hold, (marks.MARK,))):
        if hold.spent:
            return HandOver()
    hold.cluster.leases.release(hold.name)
    return _end(hold)


def give_up(hold: Hold, error: Refused | Retryable) -> Result:
    """It ends all the same: what is left of it is the sweep's, and whoever is next takes the lease of one that is over.

    For how long it was tried `overdue` decides.
    """
    return _end(hold, stop=f"what it has left can't be taken back: {error}")


def _end(hold: Hold, *, stop: str = "") -> Result:
    def end(status: RefreshStatus, slot: Slot) -> RefreshStatus:
        return ended(slots.stop(slots.release(status, slot), stop), now=hold.now())

    hold.save(end, saying=partial(_tell, hold))
    return Concluded()


def _tell(hold: Hold, end: RefreshStatus) -> None:
    """Before it is written: afterwards no message of the refresh is heard any more, and nobody would be alarmed.

    By now only an abort can change it, which is said in its turn.
    """
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
        given_back=end.given_back,
        passed_over=end.passed_over,
        new=end.new,
        total=end.total,
        notes=end.notes,
    )
    hold.cluster.announcer.on_refresh(hold.refresh, end.phase.value, end.message, warning=failed)


def ended(status: RefreshStatus, *, now: datetime) -> RefreshStatus:
    """How the refresh ended, with exactly one condition True. Pure."""
    phase = summary.end(status)
    message = summary.sentence(status)
    conditions = tuple(
        Condition(type=kind, status=each is phase, reason=phase.value, message=message, since=now)
        for each, kind in CONDITIONS.items()
    )
    return replace(status, phase=phase, message=message, ended_at=now, conditions=conditions, held="", not_before=None)
