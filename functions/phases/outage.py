"""Gathers what scaling to zero would come to, and gives the counts back where a run does."""

from collections.abc import Collection, Iterable

from functions import events, evictions, probe, pulls, replicas, restoring
from functions.errors import Retryable
from functions.evictions import Consents, Fate
from functions.hold import Hold
from functions.methods.outage import Outage
from functions.model.cluster import Node, Owner, Pod
from functions.model.google import Member
from functions.model.names import InstanceRef
from functions.model.workload import Deployment
from functions.phases.scope import consents, daemon_sets
from functions.replicas import SCALED_BY

ROLLED_OUT_BY = "ReplicaSet"


def look(hold: Hold, node: Node, members: dict[InstanceRef, Member], pods: tuple[Pod, ...]) -> Outage:
    """Of these pods, which are those on the node."""
    spec = hold.refresh.spec
    behind = _deployments(hold, pods)
    staying_there = (pod for pod in pods if pod.deleting_since is None and not probe.is_ours(pod))
    failing = tuple(pod for pod in staying_there if pulls.fails(pod, spec.repository))
    keys = dict.fromkeys(behind[pod.uid] for pod in failing if pod.uid in behind)
    found = tuple(each for key in keys if (each := hold.cluster.deployments.get(*key)))
    ref = node.instance
    group = members[ref].group if ref in members else ""
    pool = next((pool for pool in hold.gke.pools if pool.name == node.pool), None)
    least = pool.autoscaling.least if pool and pool.autoscaling else 0
    consented = consents(hold)
    return Outage(
        accepted=hold.settings.accept_outage.given(asked=spec.accept_outage),
        begun=bool(hold.slot.workloads),
        refresh=hold.name,
        node=node,
        pool=pool,
        in_zone=sum(1 for member in members.values() if member.group == group),
        in_pool=hold.cluster.nodes.count(pools=(node.pool,), most=least + 1),
        failing=found,
        forbidden=tuple(each for each in found if not hold.cluster.rights.may_scale(each)),
        autoscalers=tuple(
            each
            for namespace in sorted({one.namespace for one in found})
            for each in hold.cluster.deployments.autoscalers(namespace)
        ),
        with_data=() if consented.local_storage else tuple(filter(None, (_with_data(hold, each) for each in found))),
        to_local_storage=consented.to_local_storage,
        others=tuple(pod for pod in failing if pod.uid not in behind and not _of_the_node(hold, pod)),
        staying=staying(hold, tuple(pod for pod in pods if behind.get(pod.uid) not in keys)),
    )


def _with_data(hold: Hold, found: Deployment) -> Pod | None:
    """One of its pods, of whatever revision and on whatever node, that keeps data which would go with it."""
    pods = hold.cluster.deployments.pods(found)
    return next((pod for pod in pods if pod.living and pod.local_volumes), None)


def staying(hold: Hold, pods: tuple[Pod, ...]) -> tuple[Pod, ...]:
    """Those of them that an autoscaler would have to move."""
    everything = Consents(bare_pods=True, local_storage=True)
    facts = evictions.Facts(consents=everything, daemon_sets=daemon_sets(hold, pods), now=hold.now())
    moved = evictions.with_fate(evictions.plan(pods, facts), Fate.EVICT)
    return tuple(each.pod for each in moved if not each.pod.finished)


def give_back(hold: Hold) -> tuple[str, ...]:
    """All replica counts that this refresh has noted, as its label and its slot tell. Answers which are refused.

    Raises Retryable, after all others were given back, for those that could not be.
    """
    deployments = hold.cluster.deployments
    found = deployments.carrying(SCALED_BY, hold.name, limit=restoring.MOST)

    def say(event: str, said: str) -> None:
        hold.record(event, said)
        if event == events.SCALED_UP:
            hold.cluster.announcer.on_refresh(hold.refresh, "ScaledUp", said)

    def restored(taken: tuple[Deployment, ...]) -> restoring.Restored:
        return restoring.give_back(deployments, taken, hold.ports.clock, say, hold.guard)

    labelled = restored(found)
    others = workloads(hold, but={each.key for each in found})
    unlabelled = restored(tuple(each for each in others if replicas.scaled_by(each) == hold.name))
    if failed := (*labelled.failed, *map(_found_by_nobody_else, unlabelled.failed)):
        raise Retryable("; ".join(failed))
    return (*labelled.refused, *map(_found_by_nobody_else, unlabelled.refused))


def _found_by_nobody_else(said: str) -> str:
    return f"{said}; no sweep finds it without its label"


def workloads(hold: Hold, *, but: Collection[str] = ()) -> tuple[Deployment, ...]:
    """Those that were scaled for the sake of the slot's node, as they are now. One that is gone is left out."""
    keys = (key.split("/") for key in hold.slot.workloads if key not in but)
    found = (hold.cluster.deployments.get(namespace, name) for namespace, name in keys)
    return tuple(each for each in found if each)


def _deployments(hold: Hold, pods: Iterable[Pod]) -> dict[str, tuple[str, str]]:
    """By the uids of the pods that have one: its namespace and name."""
    known: dict[str, Owner | None] = {}
    behind = {}
    for pod in pods:
        owner = pod.owner
        if owner is None or owner.kind != ROLLED_OUT_BY:
            continue
        if owner.uid not in known:
            known[owner.uid] = hold.cluster.workloads.deployment_of(pod.namespace, owner.name)
        if deployment := known[owner.uid]:
            behind[pod.uid] = (pod.namespace, deployment.name)
    return behind


def _of_the_node(hold: Hold, pod: Pod) -> bool:
    """A DaemonSet's pods and the kubelet's own come and go with the node."""
    return pod.is_mirror or bool(daemon_sets(hold, (pod,)))
