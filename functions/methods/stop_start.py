"""StopStart: the machine's own group stops it (stopInstances), and starts it once it is off (startInstances).

Never instances.stop: a group recreates a machine that was stopped behind its back. While it is off, the machine
counts in the group's targetStoppedSize instead of its targetSize.
"""

from functions import events
from functions.methods.circumstances import (
    Circumstances,
    capacity,
    group_is_at_work,
    known,
    local_ssds,
    nothing_more_than,
    regional_disks,
)
from functions.methods.way import Call
from functions.model.google import Member
from functions.model.refresh import Phase

_MILDER = ("NONE", "REFRESH")
"""Values of updatePolicy.mostDisruptiveAllowedAction (InstanceGroupManagerUpdatePolicy) that leave RESTART out."""
_OFF = ("TERMINATED", "STOPPED")
_ON_ITS_WAY = ("STOPPING", "PENDING_STOP", "DEPROVISIONING")
"""Values of instanceStatus (ManagedInstance)."""


def permitted(found: Circumstances) -> str:
    """It is off until somebody has looked at what else acts on the groups' sizes."""
    return (
        ""
        if found.stop_start
        else "machines are stopped only where REPULL_ALLOW_STOP_START is on; let the method be Reset or Recreate"
    )


def allowed(found: Circumstances) -> str:
    """The policy is about updates; whoever has set it wants no machine of the group restarted all the same."""
    return nothing_more_than(found, _MILDER)


def no_standby_pool(found: Circumstances) -> str:
    """Such a group starts stopped machines by itself when it grows, and stops others in their place."""
    if found.group is None or found.group.standby_mode != "SCALE_OUT_POOL":
        return ""
    return f"node {found.node}: its instance group keeps a standby pool of stopped machines; let the method be Reset"


def is_off(member: Member) -> bool:
    """It has stopped, and may be started."""
    return member.status in _OFF and member.action == "NONE"


def is_stopping(member: Member) -> bool:
    """It will be off."""
    return member.action == "STOPPING" or member.status in _ON_ITS_WAY


def under_way(member: Member, before: str) -> bool:
    """On its way, or off already. Another machine needs no stop any more."""
    return is_off(member) or is_stopping(member) or member.id != before


WAY = Call(
    noun="stop and start",
    did="stopped",
    event=events.STOP,
    request="stop",
    refuses=(
        permitted,
        group_is_at_work,
        known,
        local_ssds,
        regional_disks,
        capacity,
        allowed,
        no_standby_pool,
    ),
    looks_closer=True,
    ask=lambda compute, machine, group, request, guard: compute.stop(machine, group, request, guard),
    under_way=under_way,
    another_machine=False,
    moves_sizes=True,
    then=Phase.AWAIT_STOP,
)
