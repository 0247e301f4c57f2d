"""Pods that found no place while the node was out of service, and for which it has room now that it is open again."""

from datetime import timedelta

from functions import room
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.phases import pods
from functions.room import Place

LOOKED_AT = 100
"""Pods without a place that are looked at. Where a cluster has more, some of this node's are not waited for."""

PLACED_WITHIN = 10.0
"""Seconds after the uncordon in which a scheduler should have put them there (kube-scheduler's podMaxBackoffSeconds).

Whoever waits for longer waits for something that is not looked at here, such as a volume in another zone.
"""


def coming(hold: Hold, present: tuple[Pod, ...]) -> tuple[Pod, ...]:
    """Those of the refresh's repository that the scheduler is about to put beside the node's `present` pods.

    None that came before the cordon: it waits for something else. Nor any while the node is closed.
    """
    affected = pods.affected(hold, hold.cluster.pods.unplaced(limit=LOOKED_AT))
    waiting = tuple(pod for pod in affected if pods.came_since_the_cordon(hold, pod))
    node = hold.cluster.nodes.get(hold.slot.node) if waiting else None
    if node is None:
        return ()
    place = Place(node=node, pods=present)
    return tuple(pod for pod in waiting if not room.lacking((pod,), (place,)))


def had_their_time(hold: Hold) -> bool:
    """Whether a scheduler has had the time to put them there. The deadline tells when the node was opened."""
    deadline, settings = hold.slot.deadline, hold.settings
    left = max(0.0, settings.ready_seconds - PLACED_WITHIN)
    return deadline is not None and hold.now() >= deadline - timedelta(seconds=left)
