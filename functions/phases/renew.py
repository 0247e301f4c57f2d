"""Renew: hard-reset the machine, at most once.

The attempt is written to the slot, and the renewal remembered for the cooldown, before the call. The call's
requestId derives from refresh, machine and attempt, so the same attempt again is the same request (Compute
ignores the second one).
"""

from uuid import UUID, uuid5

from functions import events, guards
from functions.errors import Refused
from functions.hold import Hold
from functions.model.cluster import Instance
from functions.model.names import InstanceRef
from functions.model.refresh import Phase
from functions.phases import recheck
from functions.phases.result import HandOver, Next, Result, roll_back
from functions.phases.unproven import unproven
from functions.ports import Renewal
from functions.settings import LONGEST_CALL_SECONDS

NAMESPACE = UUID("5f0f9f9e-52a5-4d0c-8f6b-1f6f0e2f9b6c")
"""Ours, once and for all: changing it would make a redelivered message reset twice."""


def request_id(refresh_uid: str, instance_id: str, attempt: int) -> str:
    """The same attempt on the same machine for the same refresh is the same request."""
    return str(uuid5(NAMESPACE, f"{refresh_uid}/{instance_id}/{attempt}"))


def step(hold: Hold) -> Result:
    """On to the boot. Whatever the re-check asks is asked again right before the call, which may come long after it.

    A machine that has booted since, is another by now, or for which Compute has this very request, is not reset again.
    """
    if not hold.has_time_for(LONGEST_CALL_SECONDS):
        return HandOver()
    machine = _machine(hold)
    if isinstance(machine, Next):
        return machine
    if hold.slot.attempt and (_has_changed(hold) or _was_asked(hold, machine)):
        return _await_boot(hold)
    if result := recheck.look(hold):
        return result
    if not hold.slot.attempt:
        hold.update(attempt=1, renewed_at=hold.now())
    renewal = _renewal(hold)
    hold.cluster.memory.remember(renewal)
    hold.guard()
    try:
        hold.ports.compute().reset(machine, _request(hold))
    except Refused as refusal:
        return _refused(hold, machine, refusal, renewal)
    hold.record(events.RESET, f"reset machine {machine.ref}", instance=hold.slot.instance_id, request_id=_request(hold))
    node = hold.cluster.nodes.get(hold.slot.node)
    if node is not None:
        hold.cluster.announcer.on_node(node, "RepullReset", f"Reset by repull ({hold.name})")
    return _await_boot(hold)


def _machine(hold: Hold) -> Instance | Next:
    ref = InstanceRef.from_provider_id(hold.slot.provider_id)
    if ref is None or not hold.slot.instance_id:
        return roll_back(f"node {hold.slot.node} has no machine to reset")
    return Instance(ref=ref, id=hold.slot.instance_id, status="")


def _request(hold: Hold) -> str:
    return request_id(hold.refresh.uid, hold.slot.instance_id, hold.slot.attempt)


def _renewal(hold: Hold) -> Renewal:
    at = hold.slot.renewed_at or hold.now()
    return Renewal(instance=hold.slot.instance_id, cause=guards.cause(hold.refresh), at=at, refresh=hold.name)


def _was_asked(hold: Hold, machine: Instance) -> bool:
    """Whether the call of an invocation that died, or got no answer, has reached Compute."""
    return hold.ports.compute().was_asked(machine, _request(hold))


def _refused(hold: Hold, machine: Instance, refusal: Refused, renewal: Renewal) -> Result:
    """A reset that never began is none: the node is given back. One that began and failed proves nothing."""
    reason = f"the reset of {hold.slot.node} was refused: {refusal}"
    if _was_asked(hold, machine):
        return unproven(hold, reason)
    hold.cluster.memory.forget(renewal)
    return roll_back(reason)


def _has_changed(hold: Hold) -> bool:
    node = hold.cluster.nodes.get(hold.slot.node)
    return node is not None and (node.boot_id != hold.slot.boot_id_before or node.uid != hold.slot.node_uid)


def _await_boot(hold: Hold) -> Next:
    return Next(phase=Phase.AWAIT_BOOT, deadline_seconds=hold.settings.boot_seconds)
