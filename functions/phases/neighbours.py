"""The other nodes, as far as it takes to know how they are, and whether there is room for a node's pods on them."""

from datetime import timedelta
from functools import cache
from itertools import chain, islice

from functions import evictions, ownership, probe, room, slots
from functions.evictions import Consents, Fate
from functions.hold import Hold
from functions.model.cluster import Node, Pod
from functions.room import Place

MOST = 100
"""Other nodes looked at. Where a cluster has more of them and these are full, nobody can tell."""

A_FEW = 5
"""Mostly the first of these has the room: nodes as they travel are large, and so are their pods, node by node."""

OF_A_POOL = 50
"""Nodes of a pool looked at for those that are Ready and those that are not, beside the nodes of slots.

As many in each of its zones: the first by their names would be those of one zone, and a whole zone may be down.
"""


class Neighbours:
    """Whatever is read of them is read once: a plan asks for a hundred nodes one after the other."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._away = slots.away(hold.status, hold.index)
        self._some = cache(lambda limit: hold.cluster.nodes.some(limit=limit))
        self._pods = cache(hold.cluster.pods.on_node)
        self._of_pool = cache(self._others_of)

    def ready(self, node: Node) -> int:
        """Others of its pool that take pods, as far as this node does: what keeps them off both is of no matter."""
        found = self._of_pool(node.pool)
        return sum(_takes_pods(each, node) for each in found if each.name != node.name)

    def not_ready(self, node: Node) -> tuple[Node, ...]:
        """Others of its pool that are down by themselves, but for those that are only just made."""
        made = self._hold.now() - timedelta(seconds=self._hold.settings.boot_seconds)
        found = self._of_pool(node.pool)
        return tuple(each for each in found if not each.ready and each.name != node.name and each.created < made)

    def _others_of(self, pool: str) -> tuple[Node, ...]:
        """Those of the pool that are not in slots, where they are cordoned, or will be before this one."""
        if not pool:
            return ()
        zones = next((found.zones for found in self._hold.gke.pools if found.name == pool), frozenset())
        parts = sorted(zones) if len(zones) > 1 else ("",)
        limit = -(-OF_A_POOL // len(parts)) + len(self._away) + 1
        nodes = self._hold.cluster.nodes
        found = chain.from_iterable(nodes.of_pool(pool, zone=zone, limit=limit) for zone in parts)
        return tuple(each for each in found if each.name not in self._away)

    def crowding(self, node: Node, pods: tuple[Pod, ...], daemon_sets: frozenset[str]) -> tuple[str, ...]:
        """Why the node's pods, once evicted, don't fit on the other nodes; () where they do, or it is not certain."""
        moving = _coming_back(pods, daemon_sets, self._hold)
        if not moving:
            return ()
        away = {node.name} | self._away
        why = room.lacking(moving, ())
        places: tuple[Place, ...] = ()
        for most in (A_FEW, MOST):
            limit = most + len(away) + 1
            found = self._some(limit)
            seen = away | {place.node.name for place in places}
            others = iter(tuple(each for each in found if each.name not in seen))
            while more := tuple(islice(others, max(1, len(places)))):
                places += tuple(self._place(each, moving) for each in more)
                if not (why := room.lacking(moving, places)):
                    return ()
            if len(found) < limit:
                return why
        return ()

    def _place(self, node: Node, moving: tuple[Pod, ...]) -> Place:
        """What is on a node that no pod would be put on is of no matter. Our own probes are gone in a moment."""
        if not any(room.may_go(pod, node) for pod in moving):
            return Place(node=node, pods=())
        pods = self._pods(node.name)
        return Place(node=node, pods=tuple(pod for pod in pods if not probe.is_ours(pod)))


def _takes_pods(other: Node, node: Node) -> bool:
    """Our own taint is no matter: those that carry it are renewed in their turn."""
    closed = {taint for taint in other.taints if taint.keeps_off and taint.key != ownership.STALE}
    return other.ready and not other.unschedulable and not closed - set(node.taints)


def _coming_back(pods: tuple[Pod, ...], daemon_sets: frozenset[str], hold: Hold) -> tuple[Pod, ...]:
    """Those that are evicted, whatever the consents, and made anew by a controller."""
    facts = evictions.Facts(
        consents=Consents(bare_pods=True, local_storage=True), daemon_sets=daemon_sets, now=hold.now()
    )
    moved = (each.pod for each in evictions.with_fate(evictions.plan(pods, facts), Fate.EVICT))
    return tuple(pod for pod in moved if pod.owner and not pod.finished and not evictions.daemon_set_of(pod))
