"""How an invocation becomes the holder of a slot, and what it answers where it may not."""

from datetime import timedelta

from functions import events, slots
from functions.errors import Conflict, NotFound, NotOurs
from functions.hold import Hold, new_holder
from functions.messages.steps import Continue
from functions.ports import Cluster, RefreshPorts
from functions.racing import ATTEMPTS, apart
from functions.reply import Reply
from functions.settings import Settings
from functions.slots import Refusal, Taken

HAND_OVER_PATIENCE = 5.0
"""Seconds to wait for a holder that has published our step and is about to write it."""

LOOK_AGAIN = 0.05


def take(message: Continue, cluster: Cluster, ports: RefreshPorts, settings: Settings) -> Hold | Reply:
    """Become the slot's holder by compare-and-set, or say why not."""
    holder = new_holder()
    lost = 0
    patience = ports.clock.now() + timedelta(seconds=HAND_OVER_PATIENCE)
    while True:
        refresh = cluster.refreshes.get(message.refresh)
        if refresh is None:
            raise NotOurs(f"refresh: NodeRefresh {message.refresh} does not exist; see kubectl get noderefreshes")
        now, before = ports.clock.now(), slots.find(refresh.status, message.slot)
        taken = slots.take(
            refresh.status, index=message.slot, step=message.step, holder=holder, now=now, ttl=settings.holder_seconds
        )
        if isinstance(taken, Taken):
            try:
                refresh = cluster.refreshes.write(refresh, taken.status)
            except (Conflict, NotFound):  # the next look says which
                lost += 1
                if lost == ATTEMPTS:
                    raise
                ports.clock.pause(apart(lost))
                continue
            hold = Hold(
                refresh=refresh,
                index=message.slot,
                holder=holder,
                cluster=cluster,
                ports=ports,
                settings=settings,
                until=now + timedelta(seconds=settings.budget_seconds),
            )
            if before and before.holder and before.node:  # it never let go: it may not have said how far it had come
                said = f"{before.node}: goes on in {before.phase}, as its holder fell silent"
                hold.record(events.PHASE, said, phase=before.phase, reason=before.reason)
            return hold
        about_to_be_ours = taken is Refusal.HELD and before is not None and message.step == before.step + 1
        if about_to_be_ours and now < patience:
            ports.clock.pause(LOOK_AGAIN)
            continue
        return _refuse(taken, message, ports)


def _refuse(refusal: Refusal, message: Continue, ports: RefreshPorts) -> Reply:
    event = events.BUSY if refusal is Refusal.HELD else events.STALE_MESSAGE
    said = f"step: {message.step} of {message.refresh}, slot {message.slot}, has no effect: {refusal}"
    ports.audit.record(
        event, said, cluster=str(message.cluster), refresh=message.refresh, slot=message.slot, step=message.step
    )
    if refusal is Refusal.HELD:
        return Reply.BUSY
    return Reply.DUPLICATE if refusal in (Refusal.STALE, Refusal.OVER) else Reply.NOISE
