"""Recreate: the machine's own group deletes it and makes another one under the same name (recreateInstances).

The boot disk, what was on local SSDs and the Node object are new, and so is whatever the group's template says by now.
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

_MILDER = ("NONE", "REFRESH", "RESTART")
"""Values of updatePolicy.mostDisruptiveAllowedAction (InstanceGroupManagerUpdatePolicy) that leave REPLACE out."""


def allowed(found: Circumstances) -> str:
    """The policy is about updates; whoever has set it wants no machine of the group replaced all the same."""
    return nothing_more_than(found, _MILDER)


def same_template(found: Circumstances) -> str:
    """The new machine is made from the group's present template, which must be no surprise."""
    member, group = found.member, found.group
    if member is None or group is None or not member.template or member.template == group.template:
        return ""
    return (
        f"node {found.node}: its instance group would make the machine from another template than it has "
        f"({_name(group.template)}, not {_name(member.template)}); upgrade the pool first, or let the method be Reset"
    )


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def under_way(member: Member, before: str) -> bool:
    """Marked for it, or over already."""
    return member.action == "RECREATING" or member.id != before


WAY = Call(
    noun="re-creation",
    did="recreated",
    event=events.RECREATE,
    request="recreate",
    refuses=(group_is_at_work, known, local_ssds, regional_disks, capacity, allowed, same_template),
    looks_closer=True,
    ask=lambda compute, machine, group, request, guard: compute.recreate(machine, group, request, guard),
    under_way=under_way,
    another_machine=True,
    moves_sizes=False,
    then=Phase.AWAIT_BOOT,
)
