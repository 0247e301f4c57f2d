"""Escalate: a machine whose reset did not help is recreated, once, where the settings permit it.

It is no second reset, and no second node: the place, the cordon and the empty node are those of before. Whatever
speaks against re-creating a machine, or against touching its pool, speaks against it here as well.
"""

from functions import events, guards, methods
from functions.hold import Hold
from functions.model.refresh import Method, Phase
from functions.phases import brakes
from functions.phases.preflight import gather
from functions.phases.result import Next, Result
from functions.phases.unproven import unproven
from functions.settings import Switch


def may_escalate(hold: Hold) -> bool:
    """Only after a reset, never twice, and not while the run is stopping."""
    if hold.settings.escalate is not Switch.ON or methods.chosen(hold.refresh, hold.slot) is not Method.RESET:
        return False
    hold.reread()  # an abort may have come since
    return not hold.status.stopping


def escalate(hold: Hold, reason: str) -> Result:
    """Back to the re-check, which leads to the re-creation; `reason` says why the reset was not enough."""
    node = hold.cluster.nodes.get(hold.slot.node)
    if node is None:
        return unproven(hold, reason)
    remembered = hold.cluster.memory.brakes()
    if remembered.unreadable:  # perhaps it was recreated of late
        return unproven(hold, f"its machine can't be recreated, as {remembered.unreadable}; {reason}")
    if is_open := brakes.before_escalation(hold, remembered):  # too many were renewed of late, and this is one more
        return unproven(hold, f"its machine can't be recreated, as {is_open}; {reason}")
    hold.ports.gke.at_work(hold.cluster.key, anew=True)  # a refusal is for good here
    facts = gather(hold, node, Method.RECREATE, remembered.renewals)
    if reasons := guards.refusals(facts, guards.BEFORE_ESCALATION):
        return unproven(hold, f"its machine can't be recreated, as {'; '.join(reasons)}; {reason}")
    hold.record(events.ESCALATED, f"{reason}; its machine is to be recreated", warning=True)
    before = {
        "escalated": True,
        "attempt": 0,
        "renewed_at": None,
        "boot_id_before": node.boot_id,
        "node_uid": node.uid,
        "group": facts.machine.member.group if facts.machine.member else hold.slot.group,
    }
    return Next(phase=Phase.RECHECK, deadline_seconds=hold.settings.drain_seconds, changes=before)
