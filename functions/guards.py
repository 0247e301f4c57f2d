"""The brakes: reasons not to touch a node, checked before its cordon. Pure; one row each, every reason is collected."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from functions import cooldown, eligibility, evictions, methods, ownership, upkeep
from functions.evictions import Consents, Fate
from functions.methods.circumstances import Circumstances
from functions.model.cluster import Budget, Node, Pod
from functions.model.google import GkeCluster, Member
from functions.model.names import ClusterKey, InstanceRef
from functions.model.refresh import Method, Refresh
from functions.ports import Renewal
from functions.settings import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Preflight:
    """Everything that the guards look at, gathered beforehand."""

    cluster: ClusterKey
    gke: GkeCluster
    refresh: Refresh
    method: Method  # by which the machine would be renewed
    node: Node
    members: dict[InstanceRef, Member]  # of the instance groups of this node's pool, in this node's zone
    machine: Circumstances  # what the method looks at
    pods: tuple[Pod, ...]  # on the node
    daemon_sets: frozenset[str]
    budgets: tuple[Budget, ...]  # of the pods' namespaces
    kept_attached: tuple[str, ...]  # which volumes a drain would leave attached, and for whom
    away: frozenset[str]  # nodes of the run's other slots that are out of service, or will be before this one
    left_cordoned: tuple[Node, ...]  # cordoned still by earlier refreshes, after unproven renewals
    not_ready: tuple[Node, ...]  # other nodes of the pool that are not Ready, as far as counted
    may_be_not_ready: int  # so many of them
    others_ready: int  # other nodes of the pool that are Ready and take pods, as far as counted
    last_node: Severity  # of there being none
    crowding: tuple[str, ...]  # why the pods have no room on other nodes, where that is certain
    room: Severity  # of that
    renewals: tuple[Renewal, ...]
    consents: Consents
    cooldown_seconds: float
    now: datetime


Guard = Callable[[Preflight], tuple[str, ...]]


def instance_is_ours(facts: Preflight) -> tuple[str, ...]:
    """A Node object proves nothing: whoever can create one could name any machine. The cluster's own groups decide."""
    node, ref = facts.node, facts.node.instance
    if why := _made_up(facts, ref):
        return (f"node {node.name}: {why}; see who made the Node, and exclude it by the label {ownership.EXCLUDE}",)
    if ref is None or not facts.members[ref].id:
        return (f"node {node.name}: its instance group has no machine for it at present; wait until it has",)
    return ()


def _made_up(facts: Preflight, ref: InstanceRef | None) -> str:
    """Why the Node can't be one of the cluster's own; "" where its machine stands in one of its groups."""
    node, cluster = facts.node, facts.cluster
    if ref is None:
        return f"its providerID {node.provider_id!r} names no Compute Engine machine"
    if ref.name != node.name:
        return f"it claims to be machine {ref.name}, and GKE gives a node its machine's name"
    if ref.project != cluster.project:
        return f"its machine {ref} is outside the cluster's project {cluster.project}"
    return "" if ref in facts.members else f"its machine {ref} is in no instance group of cluster {cluster}"


def method_can_work(facts: Preflight) -> tuple[str, ...]:
    """Some machines can't be renewed in every way, or would lose more by it than anybody has agreed to."""
    return methods.refusals(facts.method, facts.machine)


def cluster_allows(facts: Preflight) -> tuple[str, ...]:
    """Autopilot's machines are Google's, and a pool that GKE changes is not ours to change at the same time."""
    return upkeep.gke_changes(facts.node, facts.gke, facts.cluster)


def nobody_removes_it(facts: Preflight) -> tuple[str, ...]:
    """Whoever is about to take the machine away has drained the node, or will. An outage that has begun wants that."""
    begun = facts.machine.outage is not None and facts.machine.outage.begun
    return () if begun else upkeep.leaving(facts.node)


def going(facts: Preflight) -> tuple[str, ...]:
    """Who else is at work on the node, or about to be; () where nobody is."""
    return (*nobody_removes_it(facts), *cluster_allows(facts))


def pool_is_well(facts: Preflight) -> tuple[str, ...]:
    """Where nodes fail by themselves something else is going on, and one more out of service makes it worse.

    A node that has just been made is on its way up, and those in the slots are down because of us.
    """
    down = [node.name for node in facts.not_ready]
    if len(down) <= facts.may_be_not_ready:
        return ()
    return (
        (
            f"other nodes of pool {facts.node.pool} are not Ready: {', '.join(down[:3])} ({len(down)}, and "
            f"REPULL_NOT_READY is {facts.may_be_not_ready}); see what ails them first"
        ),
    )


def platform_is_supported(facts: Preflight) -> tuple[str, ...]:
    """The probe's pod is a Linux pod."""
    return tuple(filter(None, [eligibility.unsupported(facts.node)]))


def pods_may_move(facts: Preflight) -> tuple[str, ...]:
    """Everything that would make the drain hang or hurt: missing consent, and budgets that can never allow it."""
    pod_facts = evictions.Facts(consents=facts.consents, daemon_sets=facts.daemon_sets, now=facts.now)
    plans = evictions.plan(facts.pods, pod_facts)
    refused = [each.reason for each in evictions.with_fate(plans, Fate.REFUSE)]
    blocked = [evictions.budget_refusal(each.pod, facts.budgets) for each in evictions.with_fate(plans, Fate.EVICT)]
    return (*refused, *(reason for reason in blocked if reason))


def volumes_are_let_go(facts: Preflight) -> tuple[str, ...]:
    """No machine is renewed while a volume is attached, so a node whose volumes stay would be drained in vain."""
    return facts.kept_attached


def somewhere_to_go(facts: Preflight) -> tuple[str, ...]:
    """Never the last one standing: pods that are bound to a pool find no other place. A pool of one is a setting."""
    if facts.last_node is Severity.WARN:
        return ()
    last = _last_of_its_pool(facts)
    return tuple(f"node {facts.node.name}: {said}; add one first, or let REPULL_LAST_NODE be warn" for said in last)


def _last_of_its_pool(facts: Preflight) -> tuple[str, ...]:
    if facts.others_ready:
        return ()
    return (f"it is the last Ready node of pool {facts.node.pool} that takes pods",)


def room_elsewhere(facts: Preflight) -> tuple[str, ...]:
    """Pods that find no place stay pending until the node is back; what that is worth is a setting."""
    if facts.room is Severity.WARN:
        return ()
    return tuple(f"node {facts.node.name}: {said}; add nodes, or let REPULL_ROOM be warn" for said in facts.crowding)


def places_are_free(facts: Preflight) -> tuple[str, ...]:
    """Nodes that an earlier refresh had to leave cordoned are out of service because of us as well."""
    left = [node for node in facts.left_cordoned if node.unschedulable and node.name != facts.node.name]
    if not left or len(left) + len(facts.away) + 1 <= facts.refresh.status.places:
        return ()
    names = ", ".join(f"{node.name} (by {node.labels[ownership.CORDONED_BY]})" for node in left)
    return (
        (
            f"maxUnavailable is {facts.refresh.spec.max_unavailable}, and still cordoned after unproven renewals are "
            f"{names}; look at them, and kubectl uncordon those that are well"
        ),
    )


def not_of_late(facts: Preflight) -> tuple[str, ...]:
    """At most once per refresh, and not again for the same cause within the cooldown: but by a method that does more.

    A machine that was recreated is remembered under both its ids.
    """
    member = facts.members.get(facts.node.instance) if facts.node.instance else None
    if member is None or not member.id:
        return ()
    reasons = []
    for renewal in facts.renewals:
        if member.id not in (renewal.instance, renewal.became) or not renewal.method.covers(facts.method):
            continue
        if renewal.refresh == facts.refresh.name:
            reasons.append(cooldown.once(renewal))
        elif renewal.cause == cooldown.cause(facts.refresh):
            reasons.append(cooldown.too_soon(renewal, seconds=facts.cooldown_seconds, now=facts.now))
    return tuple(f"node {facts.node.name}: {reason}" for reason in reasons if reason)


GUARDS: tuple[Guard, ...] = (
    cluster_allows,
    nobody_removes_it,
    platform_is_supported,
    instance_is_ours,
    method_can_work,
    pods_may_move,
    volumes_are_let_go,
    pool_is_well,
    somewhere_to_go,
    room_elsewhere,
    places_are_free,
    not_of_late,
)


BEFORE_SCALING: tuple[Guard, ...] = (
    cluster_allows,
    nobody_removes_it,
    instance_is_ours,
    method_can_work,
    pods_may_move,
)
"""Asked again right before anything is scaled."""

GUARDS_OF_AN_OUTAGE: tuple[Guard, ...] = (
    *BEFORE_SCALING,
    platform_is_supported,
    pool_is_well,
    room_elsewhere,
    places_are_free,
    not_of_late,
)
"""`pods` are those alone that stay: an autoscaler removes no node whose pods would find no place (its FAQ).

That a pool has no other node is no matter: what is scaled to zero needs none.
"""

BEFORE_ESCALATION: tuple[Guard, ...] = (cluster_allows, instance_is_ours, method_can_work, not_of_late)
"""The node is cordoned and empty by then: what is about its pods and its place was decided before."""


def refusals(facts: Preflight, guards: tuple[Guard, ...] = ()) -> tuple[str, ...]:
    """Every reason not to touch the node, by these guards or by all that the method needs; () where there is none."""
    needed = GUARDS_OF_AN_OUTAGE if facts.machine.outage else GUARDS
    return tuple(reason for guard in guards or needed for reason in guard(facts))


def lasting(facts: Preflight) -> tuple[str, ...]:
    """The reasons that stand once the run's other slots have brought back their nodes, as far as that is certain.

    What those nodes will be like, and what room there will be on them, is seen when they are back.
    """
    return refusals(replace(facts, away=frozenset(), others_ready=max(1, facts.others_ready), crowding=()))


def warnings(facts: Preflight) -> tuple[str, ...]:
    """What a person should know, and nothing is refused for."""
    crowding = facts.crowding if facts.room is Severity.WARN else ()
    last = _last_of_its_pool(facts) if facts.last_node is Severity.WARN and not facts.machine.outage else ()
    return (*last, *crowding)
