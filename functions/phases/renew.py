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
from functions.model.refresh import Outcome, Phase
from functions.phases.result import Done, HandOver, Next, Result
from functions.ports import Renewal
from functions.settings import LONGEST_CALL_SECONDS

NAMESPACE = UUID("5f0f9f9e-52a5-4d0c-8f6b-1f6f0e2f9b6c")
"""Ours, once and for all: changing it would make a redelivered message reset twice."""


def request_id(refresh_uid: str, instance_id: str, attempt: int) -> str:
    """The same attempt on the same machine for the same refresh is the same request."""
    return str(uuid5(NAMESPACE, f"{refresh_uid}/{instance_id}/{attempt}"))


def step(hold: Hold) -> Result:
    """On to the boot. A machine that has booted since, or is another by now, is not reset again."""
    if not hold.has_time_for(LONGEST_CALL_SECONDS):
        return HandOver()
    slot = hold.slot
    if slot.attempt == 0:
        hold.update(attempt=1, renewed_at=hold.now())
    elif _has_changed(hold):
        return _await_boot(hold)
    ref = InstanceRef.from_provider_id(slot.provider_id)
    if ref is None or not slot.instance_id:
        return Done(
            outcome=Outcome.FAILED,
            note=f"node {slot.node}: no machine to reset",
            stop=f"node {slot.node} has no machine",
        )
    hold.cluster.memory.remember(
        Renewal(
            instance=slot.instance_id,
            cause=guards.cause(hold.refresh),
            at=hold.slot.renewed_at or hold.now(),
            refresh=hold.name,
        )
    )
    instance = Instance(ref=ref, id=slot.instance_id, status="")
    request = request_id(hold.refresh.uid, slot.instance_id, hold.slot.attempt)
    hold.guard()
    try:
        hold.ports.compute().reset(instance, request)
    except Refused as refusal:
        reason = f"the reset of {slot.node} was refused: {refusal}"
        return Done(outcome=Outcome.FAILED, note=reason, stop=reason)
    hold.record(events.RESET, f"reset machine {ref}", instance=slot.instance_id, request_id=request)
    node = hold.cluster.nodes.get(slot.node)
    if node is not None:
        hold.cluster.announcer.on_node(node, "RepullReset", f"Reset by repull ({hold.name})")
    return _await_boot(hold)


def _has_changed(hold: Hold) -> bool:
    node = hold.cluster.nodes.get(hold.slot.node)
    return node is not None and (node.boot_id != hold.slot.boot_id_before or node.uid != hold.slot.node_uid)


def _await_boot(hold: Hold) -> Next:
    return Next(phase=Phase.AWAIT_BOOT, deadline_seconds=hold.settings.boot_seconds)
