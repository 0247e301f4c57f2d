"""What decides whether a machine may be renewed in a certain way, and rows that several methods share. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.methods.outage import Outage
from functions.model.google import Group, Instance, Member


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """`machine` and `group` are None where they were not asked for, or are gone."""

    node: str
    member: Member | None
    machine: Instance | None = None
    group: Group | None = None
    local_ssd: bool = False  # consent to lose what is on local SSDs
    to_local_ssd: str = "give deleteLocalSsd"  # what a person has to do for it
    stop_start: bool = False  # machines may be stopped in this installation
    outage: Outage | None = None  # what it would come to, where the method is one


Row = Callable[[Circumstances], str]
"""Why not; "" where nothing speaks against it."""


PASSING = ("REFRESHING", "VERIFYING")
"""Values of currentAction (ManagedInstance) that leave the machine as it is and end by themselves."""


def group_is_at_work(found: Circumstances) -> str:
    """Whatever a group does to a machine ends in another state than the one that was looked at."""
    if found.member is None or found.member.action == "NONE":
        return ""
    return f"node {found.node}: its instance group is at work on it ({found.member.action}); wait until that is done"


def known(found: Circumstances) -> str:
    """Nothing is assumed of what can't be seen."""
    if found.machine is None:
        return f"node {found.node}: Compute Engine knows no such machine; wait until GKE has taken its Node away"
    return "" if found.group else f"node {found.node}: its instance group is gone; wait until its Node is, too"


def nothing_more_than(found: Circumstances, allowed: Sequence[str]) -> str:
    """The group's policy allows one of these, and so not what the method does."""
    if found.group is None or found.group.most_disruptive not in allowed:
        return ""
    return (
        f"node {found.node}: its instance group allows nothing more disruptive than {found.group.most_disruptive} "
        "(updatePolicy.mostDisruptiveAllowedAction); let the method be Reset"
    )


def local_ssds(found: Circumstances) -> str:
    """What is on them outlives a reset, and nothing else; no drain moves it elsewhere."""
    if found.machine is None or not found.machine.local_ssds or found.local_ssd:
        return ""
    return (
        f"node {found.node}: what is on its local SSDs ({', '.join(found.machine.local_ssds)}) would be lost; "
        f"{found.to_local_ssd}, or let the method be Reset"
    )


def regional_disks(found: Circumstances) -> str:
    """While their machine is away they may be forced onto another one, in another zone."""
    if found.machine is None or not found.machine.regional_disks:
        return ""
    return (
        f"node {found.node}: regional persistent disks are attached ({', '.join(found.machine.regional_disks)}); move "
        "the pods that use them first, or let the method be Reset"
    )


def capacity(found: Circumstances) -> str:
    """A Spot machine that gives up its place may not get another."""
    if found.machine is None or not found.machine.spot:
        return ""
    return f"node {found.node} is a Spot machine, which may not come back once it is off; let the method be Reset"
