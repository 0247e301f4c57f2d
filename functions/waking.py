"""Sets a refresh going again that lies still: for the sweep, and for an abort, which nobody would else hear of."""

from functions import events, opened
from functions.model.refresh import Refresh
from functions.ports import Cluster, RefreshPorts
from functions.refresh import wake
from functions.settings import Settings


def set_going(
    cluster: Cluster,
    refresh: Refresh,
    ports: RefreshPorts,
    settings: Settings,
    *,
    resting: frozenset[int] = frozenset(),
) -> None:
    """Publish the step of every slot that nobody holds and that does not rest."""
    now, ttl = ports.clock.now(), settings.holder_seconds
    busy = resting.union(slot.index for slot in refresh.status.slots if slot.held(now, ttl=ttl))
    opened.tell_again(refresh, ports.audit)
    for message in wake(cluster, refresh):
        if message.slot not in busy:
            ports.outbox.publish_step(message.json())
            ports.audit.record(
                events.SWEPT,
                f"set slot {message.slot} of {refresh.name} going again",
                cluster=str(cluster.key),
                refresh=refresh.name,
                slot=message.slot,
            )
