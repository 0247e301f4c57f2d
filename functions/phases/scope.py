"""Which nodes a refresh is about, and facts about them that several phases gather."""

from collections import Counter

from functions import probe, pulls, slots
from functions.evictions import Consents, daemon_set_of
from functions.hold import Hold
from functions.methods import METHODS
from functions.model.cluster import Pod
from functions.model.refresh import RefreshSpec

PENDING_LOOKED_AT = 500
"""Pending pods looked at to find the nodes that fail now.

More than these only cost the order in which nodes are visited.
"""


def scope_pools(hold: Hold) -> tuple[str, ...]:
    """The node pools in scope: those of the refresh's account, or all where a person gave none."""
    return tuple(pool.name for pool in hold.gke.running_as(hold.refresh.spec.account))


def size(hold: Hold) -> int:
    """How many nodes are in scope, by one paged list of their metadata where nobody has named them."""
    return len(set(hold.refresh.spec.nodes)) or hold.cluster.nodes.count(pools=scope_pools(hold))


def places(spec: RefreshSpec, total: int) -> int:
    """How many of `total` nodes in scope may be out of service at once; by an outage one."""
    return 1 if METHODS[spec.method].outage else slots.places(spec.max_unavailable, total)


def failing_nodes(hold: Hold) -> tuple[str, ...]:
    """Nodes on which pods can't pull from the repository: those that the event told of, then those of pending pods.

    Most first. A probe that a dead invocation has left is nobody's workload.
    """
    repository = hold.refresh.spec.repository
    pending = hold.cluster.pods.pending(limit=PENDING_LOOKED_AT)
    theirs = (pod for pod in pending if pod.node and not probe.is_ours(pod))
    found = Counter(pod.node for pod in theirs if pulls.fails(pod, repository))
    ranked = sorted(found, key=lambda name: (-found[name], name))
    return tuple(dict.fromkeys((*hold.refresh.spec.first_nodes, *ranked)))


def daemon_sets(hold: Hold, pods: tuple[Pod, ...]) -> frozenset[str]:
    """Of the DaemonSets that own these pods, those that exist, as namespace/name."""
    named = {name for pod in pods if (name := daemon_set_of(pod))}
    return frozenset(name for name in sorted(named) if hold.cluster.workloads.daemon_set_exists(*name.split("/")))


def consents(hold: Hold) -> Consents:
    """What the message asked for, as far as the settings permit it."""
    spec, settings = hold.refresh.spec, hold.settings
    return Consents(
        bare_pods=settings.delete_bare_pods.given(asked=spec.delete_bare_pods),
        local_storage=settings.delete_local_storage.given(asked=spec.delete_local_storage),
        to_bare_pods=settings.delete_bare_pods.to_give("deleteBarePods", "REPULL_DELETE_BARE_PODS"),
        to_local_storage=settings.delete_local_storage.to_give("deleteLocalStorage", "REPULL_DELETE_LOCAL_STORAGE"),
    )
