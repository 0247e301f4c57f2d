"""Renew: have the machine renewed, by the refresh's method, at most once.

The attempt is written to the slot, and the renewal remembered for the cooldown, before the call. The call's
requestId derives from refresh, machine, attempt and method, so the same attempt again is the same request (Compute
ignores the second one).
"""

from dataclasses import replace
from uuid import UUID, uuid5

from functions import cooldown, events, ownership
from functions.errors import NotNow, Refused, Retryable
from functions.hold import Hold
from functions.methods import CALLS, chosen
from functions.methods.way import Call, Way
from functions.model.google import Instance, Member
from functions.model.names import InstanceRef
from functions.model.refresh import Phase
from functions.phases import overdue, stopping
from functions.phases.last_look import last_look
from functions.phases.recheck import stops
from functions.phases.result import HandOver, Next, Result, roll_back
from functions.phases.unproven import unproven
from functions.ports import Renewal
from functions.settings import LONGEST_CALL_SECONDS

NAMESPACE = UUID("5f0f9f9e-52a5-4d0c-8f6b-1f6f0e2f9b6c")
"""Ours, once and for all: changing it would make a redelivered message renew twice."""


def request_id(refresh_uid: str, instance_id: str, attempt: int, call: str = "") -> str:
    """The same attempt at the same call on the same machine for the same refresh is the same request."""
    return str(uuid5(NAMESPACE, "/".join(filter(None, (refresh_uid, instance_id, str(attempt), call)))))


def step(hold: Hold) -> Result:
    """On to the boot. Whatever the re-check asks is asked again right before the call, which may come long after it.

    A machine that has booted since, is another by now, or for which Compute has this very request, is not renewed
    again.
    """
    if not hold.has_time_for(LONGEST_CALL_SECONDS):
        return HandOver()
    way = CALLS[chosen(hold.refresh, hold.slot)]
    machine = _machine(hold)
    if isinstance(machine, Next):
        return machine
    if _has_begun(hold, way, machine):
        return _go_on(hold, way)
    compute = hold.ports.compute()  # its library may take long to load: nothing that is looked at must be so old
    hold.breathe()
    if result := _forbidden(hold, way):
        if hold.slot.attempt:
            forget(hold, way)
        return result
    try:
        way.ask(compute, machine, hold.slot.group, _request(hold, way), hold.guard)
    except (Refused, NotNow) as refusal:
        if isinstance(refusal, NotNow) and not hold.overdue:
            raise
        return _refused(hold, way, machine, refusal)
    _tell(hold, way, machine, f"{way.did} machine {machine.ref}")
    return _go_on(hold, way)


def _forbidden(hold: Hold, way: Call) -> Result | None:
    """What speaks against the call; None where nothing does, and all is written down.

    An attempt of before was looked for by now, and never made: whoever gives no answer has only until the deadline.
    """
    try:
        return last_look(hold) or _write_down(hold, way) or _taken_back(hold)
    except (Refused, Retryable) as error:
        if hold.overdue:
            return overdue.unmade(hold, error)
        raise


def _write_down(hold: Hold, way: Call) -> Next | None:
    """The attempt, and on the node that only a proof may open it again.

    A group that is gone by now was asked for nothing yet: the node is given back. Of a node that is not as it was a
    moment ago, the re-check says why.
    """
    if not hold.slot.attempt:
        try:
            sizes = stopping.sizes(hold) if way.moves_sizes else {}
        except Refused as refusal:
            return roll_back(f"before the {way.noun} of {hold.slot.node}: {refusal}")
        hold.update(attempt=1, renewed_at=hold.now(), **sizes)
    if way.moves_sizes:
        hold.cluster.stops.note(stopping.noted(hold))
    hold.cluster.memory.remember(remembered(hold))
    node = hold.change_node(hold.slot.node, lambda found: ownership.renewing(found, hold.name))
    if node is not None and ownership.ours(node, hold.name) and node.unschedulable:
        return None
    return Next(phase=Phase.RECHECK, changes={"deadline": hold.slot.deadline})


def _taken_back(hold: Hold) -> Next | None:
    """An abort that has come since the refresh was read: the looks and the writes before the call take their time.

    It is written once more, so that this is known of the very refresh that gives the call a whole hold. One that goes
    out at the end of a hold could reach its machine after whoever continues has given that back.
    """
    hold.save(lambda status, _: status)
    reason = stops(hold)
    return roll_back(reason) if reason else None


def _tell_again(hold: Hold, way: Call, machine: Instance) -> None:
    """Whoever asked may have died before it said so: said twice is better than not at all. It may be in vain still."""
    _tell(hold, way, machine, f"has asked for machine {machine.ref} to be {way.did}")


def _tell(hold: Hold, way: Call, machine: Instance, said: str) -> None:
    hold.record(way.event, said, instance=machine.id, request_id=_request(hold, way))
    node = hold.cluster.nodes.get(hold.slot.node)
    if node is not None:
        hold.cluster.announcer.on_node(node, f"Repull{way.did.title()}", f"{way.did.title()} by repull ({hold.name})")


def member(hold: Hold) -> Member | None:
    """The slot's machine as its group lists it now."""
    ref = InstanceRef.from_provider_id(hold.slot.provider_id)
    return hold.ports.groups.members(hold.slot.group).get(ref) if ref else None


def remembered(hold: Hold, *, became: str = "") -> Renewal:
    """The slot's renewal, as the cooldown and the breaker know it."""
    pool = next((pool.name for pool in hold.gke.pools if hold.slot.group in pool.group_urls), "")
    return replace(_renewal(hold), became=became, pool=pool)


def _renewal(hold: Hold) -> Renewal:
    """As much of it as the slot knows, which tells it from any other."""
    return Renewal(
        instance=hold.slot.instance_id,
        cause=cooldown.cause(hold.refresh),
        at=hold.slot.renewed_at or hold.now(),
        refresh=hold.name,
        method=chosen(hold.refresh, hold.slot),
    )


def _machine(hold: Hold) -> Instance | Next:
    ref = InstanceRef.from_provider_id(hold.slot.provider_id)
    if ref is None or not hold.slot.instance_id:
        return roll_back(f"node {hold.slot.node} has no machine to renew")
    return Instance(ref=ref, id=hold.slot.instance_id, status="")


def _request(hold: Hold, way: Call) -> str:
    return request_id(hold.refresh.uid, hold.slot.instance_id, hold.slot.attempt, way.request)


def _has_begun(hold: Hold, way: Call, machine: Instance) -> bool:
    """Whether an invocation that died, or somebody else, has had the machine renewed already."""
    slot = hold.slot
    if way.under_way and (slot.attempt or slot.escalated):
        found = member(hold)
        if found is not None and way.under_way(found, machine.id):
            if slot.attempt and _was_asked(hold, way, machine):  # else it is somebody else's work
                _tell_again(hold, way, machine)
            return True
    if not slot.attempt:
        return False
    if _was_asked(hold, way, machine):
        _tell_again(hold, way, machine)
        return True
    return not way.under_way and has_changed(hold)


def _was_asked(hold: Hold, way: Call, machine: Instance) -> bool:
    """Whether the call of an invocation that died, or got no answer, has reached Compute."""
    return hold.ports.compute().was_asked(machine, _request(hold, way))


def _refused(hold: Hold, way: Call, machine: Instance, refusal: Refused | NotNow) -> Result:
    """A renewal that never began is none: the node is given back. One that began and failed proves nothing."""
    reason = f"the {way.noun} of {hold.slot.node} was refused: {refusal}"
    if _was_asked(hold, way, machine):
        return unproven(hold, reason)
    forget(hold, way)
    if way.moves_sizes:
        hold.cluster.stops.clear(machine.id)
    return roll_back(reason)


def forget(hold: Hold, way: Way) -> None:
    """An attempt that never reached Compute counts for no cooldown. Where it can't be forgotten, that is said.

    It must not keep the node out of service. The note of a stop stays: should an invocation that was frozen wake up and
    ask after all, the sweep starts the machine; where it runs, the sweep takes the note away.
    """
    hold.guard()
    try:
        hold.cluster.memory.forget(_renewal(hold))
    except (Refused, Retryable) as error:
        said = f"the {way.noun} of {hold.slot.node} was never made, and counts for the cooldown all the same: {error}"
        hold.record(events.NOT_FORGOTTEN, said, warning=True, instance=hold.slot.instance_id)


def has_changed(hold: Hold) -> bool:
    """Whether the node has booted, or is another object, since it was chosen."""
    node = hold.cluster.nodes.get(hold.slot.node)
    return node is not None and (node.boot_id != hold.slot.boot_id_before or node.uid != hold.slot.node_uid)


def _go_on(hold: Hold, way: Call) -> Next:
    seconds = hold.settings.stop_seconds if way.then is Phase.AWAIT_STOP else hold.settings.boot_seconds
    return Next(phase=way.then, deadline_seconds=seconds)
