"""Which nodes were out of service, and what is left on them."""

from collections.abc import Iterable

from sandbox.absences import absences
from sandbox.judge.check import Check, empty
from sandbox.objects.kinds import Object, key_of, name_of
from sandbox.world import World

_OURS = "repull.dev/"
_PROMISE = "repull.dev/ready-log"  # its team's own
_MARKS = (
    "cluster-autoscaler.kubernetes.io/scale-down-disabled",
    "node.kubernetes.io/exclude-from-external-load-balancers",
)
"""What the product puts on a cordoned node besides its own keys."""


def no_node_is_cordoned(world: World) -> Check:
    """Now, whatever was before."""
    cordoned = [name_of(node) for node in world.view.list("nodes") if node["spec"].get("unschedulable")]
    return empty("no node is cordoned at this moment", cordoned)


def no_node_was_cordoned(world: World, *, but: Iterable[str] = ()) -> Check:
    """Nor was any out of service otherwise."""
    chosen = frozenset(but)
    says = f"no node but {', '.join(chosen)} was cordoned" if chosen else "no node was cordoned"
    return empty(says, [each.node for each in absences(world) if each.node not in chosen])


def one_at_a_time(world: World) -> Check:
    return at_most(world, 1)


def at_most(world: World, limit: int) -> Check:
    """Never more nodes out of service at once than that."""
    found = absences(world)
    crowds = [{other.node for other in found if other.since <= each.since < other.until} for each in found]
    largest = max(crowds, key=len, default=set())
    says = "one node out of service at a time" if limit == 1 else f"at most {limit} nodes out of service at once"
    return Check(says=says, holds=len(largest) <= limit, why=f"at once: {', '.join(sorted(largest))}")


def nothing_is_left(world: World, *, cordoned: Iterable[str] = (), ours: Iterable[str] = ()) -> Check:
    """No cordon (but of `cordoned`), taint or mark (but on `ours`), probe or lock of the product's is left."""
    kept = frozenset(ours)
    left = []
    for node in world.view.list("nodes"):
        name = name_of(node)
        if node["spec"].get("unschedulable") and name not in {*cordoned, *kept}:
            left.append(f"{name} is cordoned")
        if name not in kept:
            left += [f"{name} still has {mark}" for mark in _marks(node)]
    left += [f"node {name} is not cordoned" for name in (*cordoned, *kept) if not _is_cordoned(world, name)]
    left += [f"pod {key_of(pod)} is still there" for pod in world.view.list("pods", "repull")]
    left += [f"lease {key_of(lease)} is held" for lease in world.view.list("leases", "repull") if _is_held(lease)]
    left += [
        f"Deployment {key_of(each)} still has {mark}"
        for each in world.view.list("deployments")
        for mark in _marks(each)
    ]
    exceptions = f" (but for the cordon of {', '.join((*cordoned, *kept))})" if (*cordoned, *kept) else ""
    return empty(f"nothing is left cordoned, tainted, marked, probed or locked{exceptions}", left)


def _marks(found: Object) -> Iterable[str]:
    """Of a node, or of a Deployment that is scaled."""
    metadata = found["metadata"]
    for key in (*(metadata.get("labels") or {}), *(metadata.get("annotations") or {})):
        if (key.startswith(_OURS) and key != _PROMISE) or key in _MARKS:
            yield key
    for taint in found["spec"].get("taints") or ():
        if taint["key"].startswith(_OURS):
            yield f"taint {taint['key']}"


def _is_cordoned(world: World, name: str) -> bool:
    return any(name_of(node) == name and node["spec"].get("unschedulable") for node in world.view.list("nodes"))


def _is_held(lease: Object) -> bool:
    return bool(lease["spec"].get("holderIdentity"))
