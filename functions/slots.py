"""The slot protocol: who may work on which node.

Pure; every function answers a new status, to be written by compare-and-set.

A slot is taken for one step by one holder. Its holder publishes step n+1, writes n+1 to the slot, then
acknowledges. A message older than its slot has no effect, so a doubled message can't fork the chain; a message
one ahead of its slot means that the holder died between publishing and writing. A holder that falls silent
expires, and another continues *the same node*: the place itself is freed only when the node is done.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions import summary
from functions.model.refresh import Mark, Outcome, Phase, RefreshPhase, RefreshStatus, Slot
from functions.text import cut

NOTES_KEPT = 10
NOTE_LENGTH = 600
TROUBLES = (Outcome.REFUSED, Outcome.GIVEN_BACK, Outcome.FAILED)
UNTOUCHED = frozenset({Phase.CHOOSE, Phase.PREFLIGHT, Phase.CORDON})
"""Phases in which nothing was done to the slot's node, but for a cordon that may be written."""
MOST_PLACES = 50
"""Slots of one refresh, as the custom resource's schema has it."""


class Refusal(StrEnum):
    """Why a message may not take its slot."""

    OVER = "the refresh is over"
    UNKNOWN_SLOT = "the refresh has no such slot"
    STALE = "the message is older than its slot"
    FUTURE = "the message is ahead of its slot by more than one step"
    HELD = "another invocation holds the slot"


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    status: RefreshStatus


def find(status: RefreshStatus, index: int) -> Slot | None:
    """The slot of that index; None where it was never opened."""
    return next((slot for slot in status.slots if slot.index == index), None)


def take(status: RefreshStatus, *, index: int, step: int, holder: str, now: datetime, ttl: float) -> Taken | Refusal:
    """Become the holder of slot `index` for the message's `step`, for `ttl` seconds."""
    if status.phase.over:
        return Refusal.OVER
    slot = find(status, index)
    if slot is None:
        if index != 0 or status.slots:
            return Refusal.UNKNOWN_SLOT
        slot = Slot(index=0)
    if step < slot.step:
        return Refusal.STALE
    if step > slot.step + 1:
        return Refusal.FUTURE
    if slot.held(now, ttl=ttl) and slot.holder != holder:
        return Refusal.HELD
    taken = replace(slot, step=step, holder=holder, holder_expires=now + timedelta(seconds=ttl))
    return Taken(status=put(status, taken))


def put(status: RefreshStatus, slot: Slot) -> RefreshStatus:
    """Replace the slot of that index, or add it."""
    others = tuple(other for other in status.slots if other.index != slot.index)
    return replace(status, slots=tuple(sorted((*others, slot), key=lambda each: each.index)))


def extend(status: RefreshStatus, slot: Slot, *, now: datetime, ttl: float) -> RefreshStatus:
    """The holder is alive: `ttl` seconds from now."""
    return put(status, replace(slot, holder_expires=now + timedelta(seconds=ttl)))


def waits(status: RefreshStatus, slot: Slot, what: str) -> RefreshStatus:
    """What the present phase of the slot's node waits for; where that is new, the whole refresh says so."""
    reason = cut(what)
    if reason == slot.reason:
        return put(status, slot)
    waiting = replace(slot, reason=reason)
    kept = status.held or stands_by(status, slot)
    return put(replace(status, message=status.message if kept else _said(waiting)), waiting)


def _said(slot: Slot) -> str:
    """What the whole refresh says of this slot."""
    return (f"node {slot.node}: " if slot.node else "") + slot.phase + (f": {slot.reason}" if slot.reason else "")


def release(status: RefreshStatus, slot: Slot) -> RefreshStatus:
    """Give up holding; node and step stay, so the message that is delivered again goes on from here."""
    return put(status, replace(slot, holder="", holder_expires=None))


def stand_by(status: RefreshStatus, slot: Slot, waiting: str) -> RefreshStatus:
    """Another refresh is at work: let go until that is over. What failed before has come about meanwhile."""
    return replace(release(status, replace(slot, deadline=None, reason="")), message=waiting)


def stands_by(status: RefreshStatus, slot: Slot) -> bool:
    """Whether it waits for another refresh: it has said so, and says it for as long as it has not begun.

    That something fails, which its slot says, tells of no waiting; and what fails while it waits ends none.
    """
    begins = status.phase is RefreshPhase.PENDING and slot.phase is Phase.CHOOSE
    return begins and status.message not in ("", _said(slot))


def fails(status: RefreshStatus, slot: Slot, *, why: str, until: datetime) -> RefreshStatus:
    """Somebody outside fails or refuses: let go until the message is delivered again, and let people see why.

    Where no node is at work or its cordon is still to come, it is not waited for for ever: `until`, counted from the
    first failure on.
    """
    if slot.phase in UNTOUCHED or slot.phase is Phase.FINISHED:
        slot = replace(slot, deadline=slot.deadline or until)
    if slot.phase is Phase.ROLL_BACK:  # why it is given back stands there
        return release(status, slot)
    status = waits(status, slot, why)
    return release(status, find(status, slot.index) or slot)


def hand_over(status: RefreshStatus, slot: Slot) -> RefreshStatus:
    """The next step is published: make it the only one that counts. What failed before has come about meanwhile."""
    deadline = None if slot.phase in UNTOUCHED else slot.deadline
    return release(status, replace(slot, step=slot.step + 1, deadline=deadline))


def hold_back(status: RefreshStatus, slot: Slot, *, reason: str, until: datetime | None) -> RefreshStatus:
    """No further node is taken for now: a seat that nothing was done to yet is given up, and the holder lets go.

    The step stays, so that whoever takes the slot up again chooses anew; and how often it has given way.
    """
    empty = Slot(index=slot.index, step=slot.step, gave_way=slot.gave_way, marks=slot.marks)
    return replace(put(status, empty), held=reason, message=reason, not_before=until)


def go_on(status: RefreshStatus) -> RefreshStatus:
    """Nothing holds it any more."""
    return replace(status, held="", message="at work", not_before=None)


def occupied(status: RefreshStatus, *, except_index: int) -> frozenset[str]:
    """Nodes that other slots work on or are about to mark."""
    others = [slot for slot in status.slots if slot.index != except_index]
    return frozenset(slot.node for slot in others if slot.node) | frozenset(
        mark.node for slot in others for mark in slot.marks
    )


def away(status: RefreshStatus, index: int) -> frozenset[str]:
    """Nodes of other slots that are out of service, or will be before this slot's own.

    Of two that nothing was done to yet the one in the slot of the lower index goes first: one of them must.
    """
    return frozenset(
        slot.node
        for slot in status.slots
        if slot.node and slot.index != index and (slot.phase is not Phase.PREFLIGHT or slot.index < index)
    )


def turn(status: RefreshStatus, index: int) -> int:
    """How many slots before this one look for a node too; the first candidates are theirs."""
    return sum(slot.phase is Phase.CHOOSE and slot.index < index for slot in status.slots)


def choosing(status: RefreshStatus) -> int:
    """How many slots look for a node."""
    return sum(slot.phase is Phase.CHOOSE for slot in status.slots)


def free(status: RefreshStatus, slot: Slot, *, note: str) -> RefreshStatus:
    """The slot's node is not done, and counted nowhere but in the slot: whoever chooses next may choose it again."""
    freed = Slot(
        index=slot.index,
        step=slot.step,
        gave_way=slot.gave_way + 1,
        holder=slot.holder,
        holder_expires=slot.holder_expires,
        marks=slot.marks,
    )
    return _noted(put(status, freed), (note,))


def finish_node(status: RefreshStatus, slot: Slot, outcome: Outcome, *, note: str) -> RefreshStatus:
    """The slot's node is done: count it, note to mark it, free the place."""
    freed = Slot(
        index=slot.index,
        step=slot.step,
        holder=slot.holder,
        holder_expires=slot.holder_expires,
        marks=(*slot.marks, Mark(node=slot.node, outcome=outcome)),
    )
    return count(put(status, freed), outcome, 1, notes=(note,) if note else ())


def stop(status: RefreshStatus, why: str) -> RefreshStatus:
    """No further node is taken: the first reason stays. Where `why` is "", the run goes on as it was."""
    return replace(status, stopping=status.stopping or cut(why, NOTE_LENGTH))


def finish_unseated(status: RefreshStatus, slot: Slot, ends: tuple[tuple[str, Outcome, str], ...]) -> RefreshStatus:
    """Nodes that ended without ever taking a place: (name, outcome, note) each.

    Counted in the same write that notes to mark them. What failed before has come about.
    """
    marks = tuple(Mark(node=name, outcome=outcome) for name, outcome, _ in ends)
    status = put(status, replace(slot, marks=(*slot.marks, *marks), deadline=None))
    for _, outcome, note in ends:
        status = count(status, outcome, 1, notes=(note,) if note else ())
    return status


def count(status: RefreshStatus, outcome: Outcome, number: int, *, notes: tuple[str, ...] = ()) -> RefreshStatus:
    """Add to the outcome's counter; keep the last few notes, and for good what was said of the first trouble.

    The first node that failed goes before others: it may be out of service until a person sees to it.
    """
    first = not status.trouble or (outcome is Outcome.FAILED and not status.failed)
    match outcome:
        case Outcome.FRESH:
            status = replace(status, fresh=status.fresh + number, any_passed=True)
        case Outcome.RENEWED:
            status = replace(status, renewed=status.renewed + number, any_passed=True, canary_verified=True)
        case Outcome.PASSED_OVER:
            status = replace(status, passed_over=status.passed_over + number)
        case Outcome.NEW:
            status = replace(status, new=status.new + number)
        case Outcome.REFUSED:
            status = replace(status, refused=status.refused + number)
        case Outcome.GIVEN_BACK:
            status = replace(status, given_back=status.given_back + number)
        case Outcome.FAILED:
            status = replace(status, failed=status.failed + number)
    if outcome in TROUBLES and notes and first:
        status = replace(status, trouble=cut(notes[0], NOTE_LENGTH))
    return _noted(replace(status, done=summary.done(status)), notes)


def _noted(status: RefreshStatus, notes: tuple[str, ...]) -> RefreshStatus:
    kept = (*status.notes, *(cut(note, NOTE_LENGTH) for note in notes))[-NOTES_KEPT:]
    return replace(status, notes=kept)


def openable(status: RefreshStatus) -> tuple[int, ...]:
    """Slots that may be opened now: none before the canary is verified, none while the run is stopping."""
    if not status.canary_verified or status.stopping or status.phase.over:
        return ()
    return tuple(index for index in range(status.places) if find(status, index) is None)


def all_finished(status: RefreshStatus) -> bool:
    """Whether every slot that was opened has found nothing left."""
    return bool(status.slots) and all(slot.phase is Phase.FINISHED for slot in status.slots)


def places(max_unavailable: str, total: int) -> int:
    """`maxUnavailable` as a number of slots, 1 to 50; a percentage is of `total`, rounded down."""
    if max_unavailable.endswith("%"):
        return min(MOST_PLACES, max(1, total * int(max_unavailable[:-1]) // 100))
    return min(MOST_PLACES, max(1, int(max_unavailable)))
