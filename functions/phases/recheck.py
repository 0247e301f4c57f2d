"""Re-check right before the renewal: everything that the renewal relies on is observed once more.

It waits for volumes to detach and for load balancers to let go. It only reads, so repeating it is harmless.
"""

from datetime import timedelta

from functions import evictions, ownership
from functions.evictions import Fate
from functions.hold import Hold
from functions.methods.circumstances import Circumstances, group_is_at_work
from functions.model.cluster import Node
from functions.model.refresh import Outcome, Phase
from functions.phases.preflight import evictable_now, group_members
from functions.phases.result import Done, HandOver, Next, Result, roll_back

PAUSE = 1.0


def step(hold: Hold) -> Result:
    """On to the renewal; back to the drain if pods came; roll back if anything is no longer as it was."""
    while True:
        if result := look(hold):
            return result
        node = hold.cluster.nodes.get(hold.slot.node)
        waiting = _waiting_for(hold, node)
        if not waiting:
            return Next(phase=Phase.RENEW)
        if hold.slot.deadline and hold.now() >= hold.slot.deadline:
            return roll_back(f"before the renewal of {hold.slot.node}: {waiting}")
        if hold.spent:
            return HandOver()
        seconds = min(_seconds_to_wait(hold, node), hold.seconds_left(hold.slot.deadline))
        hold.cluster.pods.await_change(hold.slot.node, seconds=seconds)
        hold.breathe()


def look(hold: Hold) -> Result | None:
    """What speaks against a renewal at this very moment, and what to do instead; None where nothing does."""
    hold.reread()
    slot, node = hold.slot, hold.cluster.nodes.get(hold.slot.node)
    if node is None or node.uid != slot.node_uid:
        return Done(outcome=Outcome.PASSED_OVER, note=f"node {slot.node}: gone or re-created before its renewal")
    if reason := _broken(hold, node):
        return roll_back(reason)
    pods = hold.cluster.pods.on_node(slot.node)
    if any(each.fate is not Fate.LEAVE for each in evictions.plan(pods, evictable_now(hold, pods))):
        return Next(
            phase=Phase.DRAIN, changes={"deadline": slot.deadline or hold.deadline(hold.settings.drain_seconds)}
        )
    return None


def _broken(hold: Hold, node: Node) -> str:
    """What is no longer as the renewal needs it; "" where nothing."""
    slot = hold.slot
    checks = (
        (not hold.status.aborting, hold.status.stopping),
        (ownership.ours(node, hold.name) and node.unschedulable, f"somebody took back the cordon of {node.name}"),
        (node.boot_id == slot.boot_id_before, f"node {node.name} has booted by itself meanwhile"),
    )
    for holds, reason in checks:
        if not holds:
            return reason
    member = group_members(hold, node).get(node.instance) if node.instance else None
    if member is None or member.id != slot.instance_id:
        return f"node {node.name} is not machine {slot.instance_id} of this cluster's instance groups any more"
    if reason := group_is_at_work(Circumstances(node=node.name, member=member)):
        return reason
    holder = hold.cluster.leases.take(hold.name)
    return "" if holder == hold.name else f"the cluster's lease is held by {holder} now"


def _waiting_for(hold: Hold, node: Node | None) -> str:
    if attached := hold.cluster.workloads.attached_volumes(hold.slot.node):
        return f"volumes are still attached: {', '.join(attached)}"
    if _lb_seconds_left(hold, node) > 0:
        return f"load balancers have {hold.settings.lb_drain_seconds:.0f} s to let go of it"
    return ""


def _lb_seconds_left(hold: Hold, node: Node | None) -> float:
    found = ownership.before(node) if node else None
    if found is None or found.at is None:
        return 0.0
    return hold.settings.lb_drain_seconds - (hold.now() - found.at) / timedelta(seconds=1)


def _seconds_to_wait(hold: Hold, node: Node | None) -> float:
    left = _lb_seconds_left(hold, node)
    return left if left > 0 else PAUSE
