"""Await the boot: a new boot id, Ready with a heartbeat younger than the renewal, start-up taints gone.

A machine that is recreated must also be another one by then, and left alone by its group: until then a boot is one of
the old machine's, which is about to be deleted.

Ready alone proves nothing: a fast reboot leaves it True throughout, since the node's lease outlives it. A node
that comes back as a new object (GKE re-created it) is cordoned again at first sight. A node that does not come
back stays cordoned, and stops the run.
"""

from functions import ownership
from functions.errors import Refused
from functions.hold import Hold
from functions.methods import CALLS, chosen
from functions.model.cluster import Node
from functions.model.refresh import Phase
from functions.phases import renew
from functions.phases.made_anew import keep_cordoned
from functions.phases.result import HandOver, Next, Result
from functions.phases.unproven import unproven


def step(hold: Hold) -> Result:
    """On to the verification; fail at the deadline."""
    while True:
        state = "it is not there"
        for node in hold.cluster.nodes.follow(hold.slot.node, seconds=hold.seconds_left(hold.slot.deadline)):
            if node is not None:
                keep_cordoned(hold, node)
                state = _missing(hold, node)
                if not state:
                    _remember(hold)
                    return Next(phase=Phase.VERIFY, deadline_seconds=hold.settings.ready_seconds)
            hold.breathe(waiting=state)
        hold.breathe(waiting=state)
        if hold.overdue:
            seconds = hold.settings.boot_seconds
            noun = CALLS[chosen(hold.refresh, hold.slot)].noun if hold.slot.attempt else "re-creation by others"
            reason = f"node {hold.slot.node} did not come back within {seconds:.0f} s of its {noun}: {state}"
            return unproven(hold, f"{reason}{_remember_if_known(hold)}")
        if hold.spent:
            return HandOver()


def _missing(hold: Hold, node: Node) -> str:
    """What is still missing until the machine counts as booted; "" where nothing."""
    slot = hold.slot
    if node.boot_id == slot.boot_id_before:
        return "its boot id has not changed"
    if not node.ready:
        return "it is not Ready"
    if slot.renewed_at and (node.heartbeat is None or node.heartbeat <= slot.renewed_at):
        return "its last heartbeat is older than the renewal"
    if taints := [key for key in ownership.startup_taints(node) if key not in slot.taints_before]:
        return f"it still has start-up taints: {', '.join(taints)}"
    return _same_machine(hold) if CALLS[chosen(hold.refresh, slot)].another_machine else ""


def _same_machine(hold: Hold) -> str:
    try:
        member = renew.member(hold)
    except Refused as refusal:
        return f"its instance group can't be read: {refusal}"
    if member is None:
        return "its instance group does not list it"
    if member.action != "NONE":
        return f"its instance group is at work on it: {member.action}"
    return "" if member.id != hold.slot.instance_id else f"it is machine {member.id} still"


def _remember(hold: Hold) -> None:
    """The cooldown must know the machine that took the other's place. Asked again, it says the same."""
    if CALLS[chosen(hold.refresh, hold.slot)].another_machine:
        member = renew.member(hold)
        if member and member.id not in ("", hold.slot.instance_id):
            hold.cluster.memory.remember(renew.remembered(hold, became=member.id))


def _remember_if_known(hold: Hold) -> str:
    """At the deadline: a group that can't be read must not keep the refresh from its end. Says so; "" where it can."""
    try:
        _remember(hold)
    except Refused as refusal:
        return f"; which machine took its place is not known: {refusal}"
    return ""
