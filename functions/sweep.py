"""The sweep, every ten minutes: set going again what has stalled, take back what belongs to no refresh.

Forget the oldest. Every part is harmless to repeat.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from functions import events, holding, ownership, restarts, restoring
from functions.errors import Refused, RepullError, Retryable
from functions.messages.steps import Sweep
from functions.model.google import GkeCluster
from functions.model.names import ClusterKey
from functions.model.refresh import Phase, Refresh
from functions.ports import Brakes, Cluster, RefreshPorts
from functions.replicas import SCALED_BY
from functions.reply import Reply
from functions.settings import Settings
from functions.tidying import ORPHANS, Named, stands_behind, tidy, tidy_unlabelled
from functions.waking import set_going

KEPT = 20
KEPT_FOR = timedelta(days=30)
BY_HAND = timedelta(hours=1)
"""Older than any probe that a person may still wait for: `repull diagnose --probe` is done in minutes."""


def sweep(message: Sweep, ports: RefreshPorts, settings: Settings) -> Reply:
    """Look at every cluster once. Raises Retryable where one could not be looked at, after the others were."""
    failures = []
    for key in message.clusters:
        try:
            _sweep_cluster(ports.gke.connect(key), ports, settings)
        except RepullError as error:
            failures.append(f"{key}: {error}")
    if failures:
        raise Retryable("; ".join(failures))
    return Reply.HANDLED


def _sweep_cluster(cluster: Cluster, ports: RefreshPorts, settings: Settings) -> None:
    """Each part for itself. Raises Retryable for what could not be seen to, once everything else is done."""
    refreshes = cluster.refreshes.all()
    parts: tuple[Callable[[], tuple[str, ...]], ...] = (
        lambda: _wake_all(cluster, refreshes, ports, settings),
        lambda: restarts.settle(cluster, ports),
        lambda: _end_outages(cluster, ports),
        lambda: tidy(cluster, ports, tuple(each.name for each in refreshes if stands_behind(each))),
        lambda: tidy_unlabelled(cluster, ports),
        lambda: _take_probes(cluster, ports),
        lambda: _free_lease(cluster, ports),
        lambda: _forget(cluster, refreshes, ports),
    )
    unsettled: list[str] = []
    for part in parts:
        try:
            unsettled += part()
        except RepullError as error:
            unsettled.append(str(error))
    if unsettled:
        raise Retryable("; ".join(dict.fromkeys(unsettled)))


def _wake_all(
    cluster: Cluster, refreshes: tuple[Refresh, ...], ports: RefreshPorts, settings: Settings
) -> tuple[str, ...]:
    brakes = cache(cluster.memory.brakes)
    for refresh in refreshes:
        if not refresh.status.phase.over:
            set_going(cluster, refresh, ports, settings, resting=_resting(refresh, brakes, ports, settings))
    return ()


def _resting(refresh: Refresh, brakes: Callable[[], Brakes], ports: RefreshPorts, settings: Settings) -> frozenset[int]:
    """Slots that wait for what still holds the chain, in the words that stand there. A node under way never waits."""
    status = refresh.status
    if not status.held or status.stopping:
        return frozenset()
    gke, now = _gke(refresh.spec.cluster, ports), ports.clock.now()
    held = holding.held(holding.Facts(refresh=refresh, brakes=brakes(), gke=gke, settings=settings, now=now))
    if held is None or held.reason != status.held:
        return frozenset()
    return frozenset(slot.index for slot in status.slots if slot.phase is Phase.CHOOSE)


def _gke(key: ClusterKey, ports: RefreshPorts) -> GkeCluster:
    """Where it can't be asked it holds nobody: whoever is woken says what is wrong, and the sweep has more to do."""
    try:
        return ports.gke.at_work(key)
    except (Refused, Retryable):
        return GkeCluster()


def _end_outages(cluster: Cluster, ports: RefreshPorts) -> tuple[str, ...]:
    """Give back the replica counts that no refresh at work stands behind. Answers what could not be, in a sentence."""
    noted = cluster.deployments.carrying(SCALED_BY, limit=restoring.MOST)
    named = Named(cluster)
    left = tuple(each for each in noted if named.is_done(each.labels[SCALED_BY]))

    def say(event: str, said: str) -> None:
        ports.audit.record(event, said, warning=True, cluster=str(cluster.key))

    restored = restoring.give_back(cluster.deployments, left, ports.clock, say)
    return restored.refused + restored.failed + tuple(named.unreadable.values())


def _take_probes(cluster: Cluster, ports: RefreshPorts) -> tuple[str, ...]:
    """Take away those whose refresh is not at work, and those of a person whose own process has died."""
    found, named, kept = cluster.pods.probes(), Named(cluster), []
    for probe in found:
        refresh = probe.labels.get(ownership.REFRESH, "")
        if named.is_done(refresh) if refresh else probe.created < ports.clock.now() - BY_HAND:
            whose = refresh or "repull diagnose"
            said = f"takes away the probe {probe.key} that {whose} has left"
            ports.audit.record(events.SWEPT, said, warning=True, cluster=str(cluster.key), refresh=refresh)
            try:
                cluster.pods.delete(probe, grace_seconds=0)
            except Refused as refusal:
                kept.append(f"pod {probe.key}: {refusal}")
    return (*kept, *named.unreadable.values())


def _free_lease(cluster: Cluster, ports: RefreshPorts) -> tuple[str, ...]:
    """One that is over gave it up before its end; one that was deleted could not."""
    holder = cluster.leases.holder()
    if not holder:
        return ()
    refresh = cluster.refreshes.get(holder)
    if refresh is None or refresh.status.phase.over:
        said = f"gives back the lease that {holder} has left"  # first: afterwards nothing shows that it was left
        ports.audit.record(events.SWEPT, said, warning=True, cluster=str(cluster.key), refresh=holder)
        cluster.leases.release(holder)
    return ()


def _forget(cluster: Cluster, refreshes: tuple[Refresh, ...], ports: RefreshPorts) -> tuple[str, ...]:
    """Keep the last 20, those of the last 30 days, and those whose cordon still stands after an unproven renewal."""
    over = sorted((each for each in refreshes if each.status.phase.over), key=lambda each: each.created, reverse=True)
    old = tuple(each for each in over[KEPT:] if each.created < ports.clock.now() - KEPT_FOR)
    unlabelled = {ownership.cordoner(node) for node in cluster.nodes.unlabelled(limit=ORPHANS)} if old else set()
    for refresh in old:
        if refresh.name in unlabelled:
            continue
        if not cluster.nodes.carrying(ownership.CORDONED_BY, refresh.name, limit=1):
            cluster.refreshes.delete(refresh)
    return ()
