"""The sweep, every ten minutes: set going again what has stalled, take back what belongs to no refresh.

Forget the oldest.

It is also how an abort takes effect. Every part is harmless to repeat.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

from functions import events, holding, opened, ownership, restarts, restoring
from functions.errors import BadInput, Conflict, Refused, RepullError, Retryable
from functions.messages.steps import Abort, Sweep
from functions.model.google import GkeCluster
from functions.model.names import ClusterKey
from functions.model.refresh import Phase, Refresh
from functions.ports import Brakes, Cluster, RefreshPorts
from functions.racing import ATTEMPTS, apart
from functions.refresh import wake
from functions.replicas import SCALED_BY
from functions.reply import Reply
from functions.settings import Settings
from functions.text import cut
from functions.tidying import ORPHANS, Named, stands_behind, tidy, tidy_unlabelled

KEPT = 20
KEPT_FOR = timedelta(days=30)
LONGEST_WHY = 200


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


def abort(message: Abort, ports: RefreshPorts, settings: Settings) -> Reply:
    """Take no further node; nodes that are not renewed yet are given back. An ended refresh stays as it ended.

    Raises BadInput where there is none of that name.
    """
    cluster = ports.gke.connect(message.cluster)
    why = f"aborted by message: {_wanted(message)}"
    for lost in range(1, ATTEMPTS + 1):
        refresh = _abortable(message, cluster)
        if refresh is None:
            return Reply.DUPLICATE
        if lost == 1:  # before it is written: the message would be taken for one that comes twice
            said = f"{refresh.name}: {why}"
            ports.audit.record(events.STOPPING, said, warning=True, cluster=str(message.cluster), refresh=refresh.name)
        try:
            refresh = cluster.refreshes.write(
                refresh, replace(refresh.status, aborting=True, stopping=_besides(why, refresh.status.stopping))
            )
        except Conflict:
            ports.clock.pause(apart(lost))
            continue
        _wake(cluster, refresh, ports, settings)
        return Reply.HANDLED
    raise Retryable(f"aborting {message.refresh}: lost {ATTEMPTS} races in a row")


def put_off_abort(message: Abort, ports: RefreshPorts, why: str) -> Reply:
    """What is said of an abort while nothing may be written. Where there is nothing to abort, it need not wait.

    Raises Retryable, with who wants it, and BadInput where there is none of that name.
    """
    if _abortable(message, ports.gke.connect(message.cluster)) is None:
        return Reply.DUPLICATE
    error = Retryable(f"{message.refresh} is not aborted yet ({_wanted(message)}): {why}")
    error.about = {"cluster": str(message.cluster), "refresh": message.refresh}
    raise error


def _wanted(message: Abort) -> str:
    return message.reason or "nobody said who or why"


def _abortable(message: Abort, cluster: Cluster) -> Refresh | None:
    """None where it is over or ending already. Raises BadInput where there is none of that name."""
    refresh = cluster.refreshes.get(message.refresh)
    if refresh is None:
        raise _unknown(message)
    return None if refresh.status.phase.over or refresh.status.aborting else refresh


def _unknown(message: Abort) -> BadInput:
    """A person's message, who believes that something was stopped."""
    error = BadInput(
        field="refresh",
        value=message.refresh,
        accepted=f"the name of a NodeRefresh of {message.cluster}, as kubectl get noderefreshes shows it",
    )
    error.about = {"cluster": str(message.cluster), "refresh": message.refresh}
    return error


def _besides(why: str, before: str) -> str:
    """Who has ended it comes first, not at the cost of what had stopped it before: that may name a node to see to."""
    return f"{cut(why, LONGEST_WHY)}; it was stopping already: {before}" if before else cut(why)


def _sweep_cluster(cluster: Cluster, ports: RefreshPorts, settings: Settings) -> None:
    """Each part for itself. Raises Retryable for what could not be seen to, once everything else is done."""
    refreshes = cluster.refreshes.all()
    parts: tuple[Callable[[], tuple[str, ...]], ...] = (
        lambda: _wake_all(cluster, refreshes, ports, settings),
        lambda: restarts.settle(cluster, ports),
        lambda: _end_outages(cluster, ports),
        lambda: tidy(cluster, ports, tuple(each.name for each in refreshes if stands_behind(each))),
        lambda: tidy_unlabelled(cluster, ports),
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
            _wake(cluster, refresh, ports, settings, resting=_resting(refresh, brakes, ports, settings))
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
        return ports.gke.cluster(key)
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


def _wake(
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
