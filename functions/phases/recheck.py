"""Re-check right before the renewal: everything that the renewal relies on is observed once more.

It waits for volumes to detach, for load balancers to let go, and for what the group does in passing. It only reads,
so repeating it is harmless.
"""

from dataclasses import replace
from datetime import timedelta

from functions import eligibility, evictions, holding, methods, ownership, upkeep
from functions.evictions import Fate
from functions.hold import Hold
from functions.methods.circumstances import PASSING
from functions.model.cluster import Node
from functions.model.google import Member
from functions.model.refresh import Phase
from functions.phases.preflight import circumstances, evictable_now, group_members
from functions.phases.result import HandOver, Next, Result, give_way, roll_back
from functions.phases.vanished import vanished

PAUSE = 1.0
GROUP_PAUSE = 5.0
LOOK_SECONDS = 5.0
"""Between two looks at all that the renewal relies on, while something is waited for."""


def step(hold: Hold) -> Result:
    """On to the renewal; back to the drain if pods came; roll back if anything is no longer as it was.

    What it waits for is asked for more often than all else, much of which is Compute's to answer: the volumes that are
    being let go need the same quota. The renewal looks at all of it once more.
    """
    look_again = hold.now()
    while True:
        if hold.now() >= look_again:
            if result := look(hold):
                return result
            look_again = hold.deadline(LOOK_SECONDS)
        node = hold.cluster.nodes.get(hold.slot.node)
        waiting, seconds = waiting_for(hold, node)
        if not waiting:
            return Next(phase=Phase.RENEW, changes={"deadline": hold.slot.deadline})
        if hold.overdue:
            return roll_back(f"before the renewal of {hold.slot.node}: {waiting}")
        if hold.spent:
            return HandOver()
        seconds = min(seconds, hold.seconds_left(hold.slot.deadline))
        hold.cluster.pods.await_change(hold.slot.node, seconds=seconds)
        hold.breathe(waiting=waiting)


def look(hold: Hold, *, anew: bool = False) -> Result | None:
    """What speaks against a renewal at this very moment, and what to do instead; None where nothing does.

    Asked for `anew`, GKE does not serve its answer of up to a minute ago, which may be older than an upgrade.
    """
    hold.reread()
    slot, node = hold.slot, hold.cluster.nodes.get(hold.slot.node)
    if node is None or node.uid != slot.node_uid:
        return vanished(hold, node, "before its renewal")
    if reason := _broken(hold, node):
        return roll_back(reason)
    if result := _closed(hold, node, anew=anew):
        return result
    pods = hold.cluster.pods.on_node(slot.node)
    if any(each.fate is not Fate.LEAVE for each in evictions.plan(pods, evictable_now(hold, pods))):
        return Next(
            phase=Phase.DRAIN, changes={"deadline": slot.deadline or hold.deadline(hold.settings.drain_seconds)}
        )
    return None


def stops(hold: Hold) -> str:
    """Why the machine is not to be renewed any more, as the refresh and the breaker stand; "" where nothing.

    A node that was never renewed is brought to its end, but for an abort. A further renewal is for nobody's good once
    another node has failed, or the breaker is open.
    """
    if hold.status.aborting or (hold.slot.escalated and hold.status.stopping):
        return hold.status.stopping
    return "; ".join(holding.breaker_says(hold.cluster.memory.brakes())) if hold.slot.escalated else ""


def _broken(hold: Hold, node: Node) -> str:
    """What is no longer as we left it; "" where nothing."""
    slot = hold.slot
    checks = (
        (not (speaks := stops(hold)), speaks),
        (ownership.ours(node, hold.name) and node.unschedulable, f"somebody took back the cordon of {node.name}"),
        (not ownership.excluded(node), eligibility.exclusion(node)),
        (node.boot_id == slot.boot_id_before, f"node {node.name} has booted by itself meanwhile"),
    )
    for holds, reason in checks:
        if not holds:
            return reason
    return ""


def _closed(hold: Hold, node: Node, *, anew: bool) -> Result | None:
    """Who else is at work on the machine, or has the lease by now, or what speaks against the method."""
    slot = hold.slot
    method = methods.chosen(hold.refresh, slot)
    gke = hold.ports.gke.at_work(hold.cluster.key, anew=anew)
    found = circumstances(hold, node, group_members(hold, node), method)
    if slot.escalated and found.member and _is_made_anew(found.member, slot.instance_id):
        return vanished(hold, None, "before its renewal")
    if going := (*upkeep.leaving(node), *upkeep.gke_changes(node, gke, hold.cluster.key)):
        return give_way("; ".join(going))
    member = found.member
    if member is None or member.id != slot.instance_id:
        gone = f"node {node.name} is not machine {slot.instance_id} of this cluster's instance groups any more"
        return roll_back(gone)
    if member.action in PASSING:  # is waited for
        found = replace(found, member=replace(member, action="NONE"))
    if reasons := methods.refusals(method, found):
        return roll_back("; ".join(reasons))
    holder = hold.cluster.leases.take(hold.name, hold.guard)
    return None if holder == hold.name else roll_back(f"the cluster's lease is held by {holder} now")


def _is_made_anew(member: Member, instance: str) -> bool:
    """Whether somebody else has its machine made anew at this moment, or has had."""
    return member.action == "RECREATING" or member.id not in ("", instance)


def waiting_for(hold: Hold, node: Node | None) -> tuple[str, float]:
    """What is not over yet, "" where nothing is; and after how many seconds to look again."""
    left = _lb_seconds_left(hold, node)
    if attached := hold.cluster.workloads.attached_volumes(hold.slot.node):
        names = ", ".join(each.volume or each.name for each in attached)
        return f"volumes are still attached: {names}", left if left > 0 else PAUSE
    if left > 0:
        return f"load balancers have {hold.settings.lb_drain_seconds:.0f} s to let go of it", left
    member = group_members(hold, node).get(node.instance) if node and node.instance else None
    if member and member.action in PASSING:
        return f"its instance group is at work on it ({member.action})", GROUP_PAUSE
    return "", 0.0


def _lb_seconds_left(hold: Hold, node: Node | None) -> float:
    found = ownership.before(node) if node else None
    if found is None:
        return 0.0
    return hold.settings.lb_drain_seconds - (hold.now() - found.at) / timedelta(seconds=1)
