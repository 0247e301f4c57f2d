"""Await the stop, and start the machine again, through its group, as soon as it is off.

Nothing turns back from here: a machine that is off is of no use to anybody, so an abort waits for its start. Where
that is not to be had, the note of the stop stays, and the sweep tries again.
"""

from functions import events
from functions.errors import NotNow, Refused
from functions.hold import Hold
from functions.methods.stop_start import is_off, is_stopping
from functions.model.google import Instance, Member
from functions.model.names import InstanceRef
from functions.model.refresh import Phase
from functions.phases import renew
from functions.phases.result import HandOver, Next, Result
from functions.phases.unproven import unproven
from functions.settings import LONGEST_CALL_SECONDS

START = "start"
PAUSE = 5.0
"""Seconds between two looks at the group, which has nothing that could be watched."""


def step(hold: Hold) -> Result:
    """On to the boot; fail at the deadline."""
    ref = InstanceRef.from_provider_id(hold.slot.provider_id)
    if ref is None:
        return unproven(hold, f"node {hold.slot.node} has no machine to start")
    machine = Instance(ref=ref, id=hold.slot.instance_id, status="")
    request = renew.request_id(hold.refresh.uid, machine.id, hold.slot.attempt, START)
    asked = hold.ports.compute().was_asked(machine, request)
    if asked:  # whoever asked may have died before it said so; how it ended is not known yet
        _tell(hold, machine, request, f"has asked for machine {machine.ref} to be started")
    while hold.has_time_for(LONGEST_CALL_SECONDS):
        found = renew.member(hold)
        if found is None or found.id != hold.slot.instance_id:
            return _await_boot(hold)  # another machine by now; what became of the sizes is for the sweep to find out
        if result := _stopped(hold, found, asked=asked):
            return result
        if is_off(found):
            return _start(hold, machine, request, asked=asked)
        hold.ports.clock.pause(min(PAUSE, hold.seconds_left(hold.slot.deadline)))
        hold.breathe(waiting=f"its machine is {found.status} still")
    return HandOver()


def _stopped(hold: Hold, found: Member, *, asked: bool) -> Result | None:
    """What ends the wait without a start of ours; None where nothing does."""
    slot = hold.slot
    if _runs_again(hold, found, asked=asked):
        return _started(hold)
    if hold.overdue and not is_off(found):
        seconds = hold.settings.stop_seconds
        return unproven(hold, f"node {slot.node} did not stop within {seconds:.0f} s: it is {found.status} still")
    return None


def _runs_again(hold: Hold, found: Member, *, asked: bool) -> bool:
    """By what the group shows: that a start was asked for says nothing of how it ended."""
    if asked:
        return not is_off(found) and not is_stopping(found)
    return found.status == "RUNNING" and found.action == "NONE" and renew.has_changed(hold)  # somebody was faster


def _start(hold: Hold, machine: Instance, request: str, *, asked: bool) -> Result:
    """`asked` before, in vain or not done yet: the same request answers with how that call ended."""
    try:
        hold.ports.compute().start(machine, hold.slot.group, request, hold.guard)
    except (Refused, NotNow) as refusal:
        if isinstance(refusal, NotNow) and not hold.overdue:
            raise
        return unproven(hold, f"node {hold.slot.node} was stopped, and can't be started yet: {refusal}")
    if asked and (found := renew.member(hold)) and is_off(found):
        return unproven(hold, f"node {hold.slot.node} was stopped, and is off still, though its start was asked for")
    _tell(hold, machine, request, f"started machine {machine.ref}")
    return _started(hold)


def _tell(hold: Hold, machine: Instance, request: str, said: str) -> None:
    hold.record(events.START, said, instance=machine.id, request_id=request)


def _started(hold: Hold) -> Next:
    """The group counts the machine as running again."""
    hold.cluster.stops.clear(hold.slot.instance_id)
    return _await_boot(hold)


def _await_boot(hold: Hold) -> Next:
    return Next(phase=Phase.AWAIT_BOOT, deadline_seconds=hold.settings.boot_seconds)
