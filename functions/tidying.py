"""Takes back what refreshes have left on nodes that no refresh at work stands behind. Harmless to repeat."""

from functools import cache

from functions import events, ownership
from functions.errors import Conflict, NotFound, Refused
from functions.model.cluster import Node, NodeChange
from functions.model.refresh import Refresh, RefreshPhase
from functions.ports import Cluster, RefreshPorts
from functions.racing import ATTEMPTS, apart

ORPHANS = 50


def tidy(cluster: Cluster, ports: RefreshPorts, at_work: tuple[str, ...]) -> tuple[str, ...]:
    """By their labels; a run over a large cluster must not hide others' with its own. Answers what could not be read.

    Nor must one that can't be read: once that is known, those are looked for that it may have hidden.
    """
    unreadable: dict[str, str] = {}
    for label in (ownership.CORDONED_BY, ownership.STALE, ownership.REFRESH):
        hidden = True
        while hidden:
            found = cluster.nodes.carrying(label, but=(*at_work, *unreadable), limit=ORPHANS)
            named = Named(cluster)
            for node in found:
                if named.is_done(node.labels[label]):
                    _take_back(cluster, node, label, ports, gone=named.is_gone(node.labels[label]))
            unreadable |= named.unreadable
            hidden = bool(named.unreadable) and len(found) == ORPHANS
    return tuple(unreadable.values())


def tidy_unlabelled(cluster: Cluster, ports: RefreshPorts) -> tuple[str, ...]:
    """The same of cordons whose label somebody took off, and nothing else: the annotation tells whose they are."""
    named = Named(cluster)
    for node in cluster.nodes.unlabelled(limit=ORPHANS):
        refresh = ownership.cordoner(node)
        if refresh and named.is_done(refresh):
            _take_back(cluster, node, ownership.CORDONED_BY, ports, gone=named.is_gone(refresh))
    return tuple(named.unreadable.values())


class Named:
    """The refreshes that marks name: read once, and after the marks, as a refresh has begun before it marks."""

    def __init__(self, cluster: Cluster) -> None:
        self.find = cache(cluster.refreshes.get)
        self.unreadable: dict[str, str] = {}  # what is wrong with each, by its name

    def is_done(self, name: str) -> bool:
        """Whether no refresh at work stands behind its marks. One that can't be read may be at work."""
        try:
            return name not in self.unreadable and not stands_behind(self.find(name))
        except Refused as problem:
            self.unreadable[name] = str(problem)
            return False

    def is_gone(self, name: str) -> bool:
        """Whether one that is done was deleted, and not over."""
        refresh = self.find(name)
        return refresh is None or not refresh.status.phase.over


def stands_behind(refresh: Refresh | None) -> bool:
    """Behind what bears its name. Where it has not begun, that is left by a deleted one of its name."""
    return refresh is not None and refresh.status.phase is RefreshPhase.RUNNING


def _take_back(cluster: Cluster, node: Node, label: str, ports: RefreshPorts, *, gone: bool) -> None:
    """Undo what a refresh that is over, or was deleted by hand (`gone`), has left on a node.

    The cordon after an unproven renewal stays for as long as its refresh is kept; once a person has uncordoned the
    node, what came with the cordon is taken off as well.
    """
    refresh = _bearing(node, label)
    found: Node | None = node
    for lost in range(1, ATTEMPTS + 1):
        if found is None or _bearing(found, label) != refresh:
            return
        change = _undoing(found, label, gone=gone)
        if change is None:
            return
        if lost == 1:  # before it is done: afterwards nothing shows that there was anything
            said = f"takes back what {refresh} has left on {node.name}"
            ports.audit.record(
                events.SWEPT, said, warning=True, cluster=str(cluster.key), refresh=refresh, node=node.name
            )
        try:
            cluster.nodes.change(found, change)
        except NotFound:
            return
        except Conflict:
            ports.clock.pause(apart(lost))
            found = cluster.nodes.get(node.name)  # a node that is opened again is written by the cluster's own, too
        else:
            return


def _bearing(node: Node, label: str) -> str | None:
    """The refresh of which the node bears this; None where it bears nothing of it."""
    return ownership.cordoner(node) if label == ownership.CORDONED_BY else node.labels.get(label)


def _undoing(node: Node, label: str, *, gone: bool) -> NodeChange | None:
    match label:
        case ownership.CORDONED_BY:
            released = gone or not node.unschedulable
            whose = ownership.cordoner(node) or ""
            return ownership.uncordon(node, whose, cordoned_before=False) if released else None
        case ownership.STALE:
            return ownership.untaint(node)
        case _:
            return ownership.unmark(node)
