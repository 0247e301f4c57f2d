"""Preflight: every reason not to touch the node, found before anything is touched.

It only reads, but that one renewal too many trips the circuit breaker, which is latched; repeating it is harmless.
"""

from dataclasses import replace

from functions import eligibility, events, evictions, guards, ownership, slots
from functions.hold import Hold
from functions.methods import CALLS, METHODS
from functions.methods.circumstances import Circumstances
from functions.model.cluster import Node, Pod
from functions.model.google import Member
from functions.model.names import InstanceRef
from functions.model.refresh import Method, Outcome, Phase
from functions.phases import brakes, outage, volumes
from functions.phases.neighbours import Neighbours
from functions.phases.result import Done, HandOver, Next, Result
from functions.phases.scope import consents, daemon_sets
from functions.phases.vanished import vanished
from functions.ports import Renewal
from functions.settings import Switch
from functions.text import names

TURN_PAUSE = 5.0
"""Seconds between two looks at the run's other slots: what they wait for takes minutes."""
NAMED = 3
LEFT_LOOKED_AT = 50
"""Nodes that earlier refreshes left cordoned: more than that are never out of service at once."""


def step(hold: Hold) -> Result:
    """On to the cordon; or refuse with all reasons; or give the seat up where something holds the chain.

    What only the nodes in the run's other slots are the reason for is no refusal: it is waited until they are back.
    """
    while True:
        if result := _look(hold):
            if isinstance(result, Next):
                _load(hold)
            return result
        hold.breathe()


def _load(hold: Hold) -> None:
    """The library that asks for the renewal takes seconds to load: before a node is out of service, not while it is."""
    if hold.refresh.spec.method in CALLS:
        hold.ports.compute()
        hold.breathe()


def _look(hold: Hold) -> Result | None:
    """None where it has waited, and all is to be looked at anew."""
    slot = hold.slot
    if hold.status.stopping:
        return Done(outcome=Outcome.REFUSED, note=f"node {slot.node}: not renewed: {hold.status.stopping}")
    node = hold.cluster.nodes.get(slot.node)
    if node is None or node.uid != slot.node_uid:
        return vanished(hold, node, "before it was touched")
    if why := eligibility.passed_over(node, hold.refresh):  # somebody has said so while it was probed
        return Done(outcome=Outcome.PASSED_OVER, note=why)
    remembered = hold.cluster.memory.brakes()
    # First of all, since nobody can tell what speaks against it where that can't be read.
    return brakes.held(hold, remembered) or _judge(hold, node, remembered.renewals)


def _judge(hold: Hold, node: Node, renewals: tuple[Renewal, ...]) -> Result | None:
    facts = gather(hold, node, hold.refresh.spec.method, renewals, Neighbours(hold))
    if reasons := guards.refusals(facts):
        hold.reread()
        if slots.away(hold.status, hold.index) != facts.away:
            return None  # nodes were read that another slot has taken, or brought back, meanwhile
        reasons = guards.lasting(facts) if facts.away else reasons
        if not reasons:
            return _wait(hold, facts.away)
        # While GKE takes nodes down, much looks wrong that is well afterwards: its last answer may be older than that.
        has_changed = hold.ports.gke.at_work(hold.cluster.key, anew=True) != facts.gke
        if held := brakes.look(hold):
            return held
        return None if has_changed else _refused(node, reasons)
    if held := brakes.before_cordon(hold):
        return held
    for warning in guards.warnings(facts):
        hold.record(events.NO_ROOM, f"node {node.name}: {warning}", warning=True)
        hold.cluster.announcer.on_node(node, "RepullNoRoom", warning, warning=True)
    member = facts.machine.member
    seen = {"instance_id": member.id, "group": member.group} if member else {}
    hold.judged = node.name
    return Next(phase=Phase.CORDON, changes={"deadline": hold.slot.deadline} | seen, away=facts.away)


def _wait(hold: Hold, away: frozenset[str]) -> Result | None:
    """Until one of these nodes is back in service, or nobody is to wait any more."""
    named = ", ".join(sorted(away)[:NAMED])
    waiting = f"it goes once others of this run are back in service: {named} ({len(away)})"
    hold.save(lambda status, slot: slots.waits(status, replace(slot, deadline=None), waiting))
    while not hold.status.stopping and away <= slots.away(hold.status, hold.index):
        if hold.spent:
            return HandOver()
        hold.ports.clock.pause(min(TURN_PAUSE, hold.seconds_left()))
        hold.breathe(waiting=waiting)
        hold.reread()
    return None


def _refused(node: Node, reasons: tuple[str, ...]) -> Done:
    """A reason may be about a pod or the whole cluster: the node is named all the same."""
    said = "; ".join(reasons)
    return Done(outcome=Outcome.REFUSED, note=said if names(said, node.name) else f"node {node.name}: {said}")


def gather(
    hold: Hold, node: Node, method: Method, renewals: tuple[Renewal, ...], neighbours: Neighbours | None = None
) -> guards.Preflight:
    """Everything that the guards look at; of the neighbours nothing where they are not given.

    `renewals` are those that are remembered, for the cooldown.
    """
    pods = hold.cluster.pods.on_node(node.name)
    existing = daemon_sets(hold, pods)
    members = group_members(hold, node)
    machine = circumstances(hold, node, members, method)
    consented = consents(hold)
    kept: tuple[str, ...] = ()
    if METHODS[method].outage:
        found = outage.look(hold, node, members, pods)
        machine = replace(machine, outage=found)
        pods, consented = found.staying, replace(consented, bare_pods=True)  # the method's own rows see to those
    else:
        drained = evictions.Facts(consents=consented, daemon_sets=existing, now=hold.now())
        kept = volumes.kept(hold, node, evictions.plan(pods, drained))
    namespaces = sorted({pod.namespace for pod in pods})
    return guards.Preflight(
        cluster=hold.cluster.key,
        gke=hold.gke_at_work,
        refresh=hold.refresh,
        method=method,
        node=node,
        members=members,
        machine=machine,
        pods=pods,
        daemon_sets=existing,
        budgets=tuple(budget for namespace in namespaces for budget in hold.cluster.workloads.budgets(namespace)),
        kept_attached=kept,
        away=slots.away(hold.status, hold.index),
        left_cordoned=_left_cordoned(hold),
        not_ready=neighbours.not_ready(node) if neighbours else (),
        may_be_not_ready=hold.settings.not_ready,
        others_ready=neighbours.ready(node) if neighbours else 0,
        last_node=hold.settings.last_node,
        crowding=neighbours.crowding(node, pods, existing) if neighbours else (),
        room=hold.settings.room,
        renewals=renewals,
        consents=consented,
        cooldown_seconds=hold.settings.cooldown_seconds,
        now=hold.now(),
    )


def circumstances(hold: Hold, node: Node, members: dict[InstanceRef, Member], method: Method) -> Circumstances:
    """What a method looks at; the machine and its group are asked for only where it needs them."""
    ref = node.instance
    member = members.get(ref) if ref else None
    asks = METHODS[method].looks_closer and ref is not None and member is not None
    return Circumstances(
        node=node.name,
        member=member,
        machine=hold.ports.instances.get(ref) if asks and ref else None,
        group=hold.ports.groups.group(member.group) if asks and member else None,
        local_ssd=hold.settings.delete_local_ssd.given(asked=hold.refresh.spec.delete_local_ssd),
        to_local_ssd=hold.settings.delete_local_ssd.to_give("deleteLocalSsd", "REPULL_DELETE_LOCAL_SSD"),
        stop_start=hold.settings.allow_stop_start is Switch.ON,
    )


def group_members(hold: Hold, node: Node) -> dict[InstanceRef, Member]:
    """The machines of the groups of the node's pool in the node's zone: a pool has one group per zone."""
    ref = node.instance
    pool = next((pool for pool in hold.gke.pools if pool.name == node.pool), None)
    if ref is None or pool is None:
        return {}
    members: dict[InstanceRef, Member] = {}
    for url in pool.group_urls:
        if f"/zones/{ref.zone}/" in url:
            members |= hold.ports.groups.members(url)
    return members


def _left_cordoned(hold: Hold) -> tuple[Node, ...]:
    """But for those in slots, which are counted as such: a deleted refresh of this name may have left some, too."""
    seated = {slot.node for slot in hold.status.slots}
    found = hold.cluster.nodes.carrying(ownership.CORDONED_BY, limit=LEFT_LOOKED_AT)
    return tuple(node for node in found if node.name not in seated)


def evictable_now(hold: Hold, pods: tuple[Pod, ...]) -> evictions.Facts:
    """What the eviction rules need, as things are now."""
    return evictions.Facts(consents=consents(hold), daemon_sets=daemon_sets(hold, pods), now=hold.now())
