"""The other nodes, as far as it takes to know whether there is room for a node's pods on them."""

from itertools import islice

from functions import evictions, room
from functions.evictions import Consents, Fate
from functions.hold import Hold
from functions.model.cluster import Node, Pod
from functions.ownership import NAMESPACE, PROBE
from functions.room import Place

MOST = 100
"""Other nodes looked at. Where a cluster has more of them and these are full, nobody can tell."""

A_FEW = 5
"""Mostly the first of these has the room: nodes as they travel are large, and so are their pods, node by node."""


def crowding(hold: Hold, node: Node, pods: tuple[Pod, ...], daemon_sets: frozenset[str]) -> tuple[str, ...]:
    """Why the node's pods, once evicted, don't fit on the other nodes; () where they do, or it is not certain."""
    moving = _coming_back(pods, daemon_sets, hold)
    if not moving:
        return ()
    away = {node.name} | {slot.node for slot in hold.status.slots}  # cordoned, or about to be
    why = room.lacking(moving, ())
    places: tuple[Place, ...] = ()
    for most in (A_FEW, MOST):
        limit = most + len(away) + 1
        found = hold.cluster.nodes.some(limit=limit)
        seen = away | {place.node.name for place in places}
        others = iter(tuple(each for each in found if each.name not in seen))
        while more := tuple(islice(others, max(1, len(places)))):
            places += tuple(_place(hold, each, moving) for each in more)
            if not (why := room.lacking(moving, places)):
                return ()
        if len(found) < limit:
            return why
    return ()


def _coming_back(pods: tuple[Pod, ...], daemon_sets: frozenset[str], hold: Hold) -> tuple[Pod, ...]:
    """Those that are evicted, whatever the consents, and made anew by a controller."""
    facts = evictions.Facts(
        consents=Consents(bare_pods=True, local_storage=True), daemon_sets=daemon_sets, now=hold.now()
    )
    moved = (each.pod for each in evictions.with_fate(evictions.plan(pods, facts), Fate.EVICT))
    return tuple(pod for pod in moved if pod.owner and not pod.finished and not evictions.daemon_set_of(pod))


def _place(hold: Hold, node: Node, moving: tuple[Pod, ...]) -> Place:
    """What is on a node that no pod would be put on is of no matter. Our own probes are gone in a moment."""
    if not any(room.may_go(pod, node) for pod in moving):
        return Place(node=node, pods=())
    pods = hold.cluster.pods.on_node(node.name)
    return Place(node=node, pods=tuple(pod for pod in pods if not (pod.namespace == NAMESPACE and PROBE in pod.labels)))
