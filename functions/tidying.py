"""Takes back what refreshes have left on nodes that no refresh at work stands behind. Harmless to repeat."""

from collections.abc import Callable
from enum import StrEnum
from functools import cache, partial

from functions import events, ownership, slots, summary
from functions.errors import Conflict, NotFound, Refused
from functions.model.cluster import Node, NodeChange
from functions.model.refresh import Refresh, RefreshPhase
from functions.ports import Cluster, RefreshPorts
from functions.racing import ATTEMPTS, apart

ORPHANS = 50


class Fate(StrEnum):
    """What becomes of a cordon of ours."""

    STAYS = "stays"  # its refresh sees to it, or has said what undoes it
    GIVEN_BACK = "given back"
    TOLD = "told"  # its machine may have been renewed, and nobody has said what undoes it


def fate(node: Node, refresh: Refresh | None) -> Fate:
    """Of a cordoned node, by the refresh whose cordon it is, which was read after the node. Pure.

    A node that nothing proves to be able to pull is worse in service than out of it. So where a refresh is kept, only
    a cordon of which it is known that no renewal came after it is given back, and one that a person has undone.
    """
    if refresh is None or refresh.status.phase is RefreshPhase.PENDING:
        return Fate.GIVEN_BACK  # of a refresh that was deleted
    if stands_behind(refresh) and any(slot.node == node.name for slot in refresh.status.slots):
        return Fate.STAYS
    if not node.unschedulable:
        return Fate.GIVEN_BACK
    if summary.tells_of_cordon(refresh.status, node.name):
        return Fate.STAYS
    return Fate.GIVEN_BACK if ownership.untouched(node) else Fate.TOLD


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
                _see_to(cluster, node, label, named, ports)
            unreadable |= named.unreadable
            hidden = bool(named.unreadable) and len(found) == ORPHANS
    for name in at_work:
        found = cluster.nodes.carrying(ownership.CORDONED_BY, name, limit=slots.MOST_PLACES + ORPHANS)
        named = Named(cluster)
        for node in found:
            _see_to_cordon(cluster, node, named, ports)
        unreadable |= named.unreadable
    return tuple(unreadable.values())


def tidy_unlabelled(cluster: Cluster, ports: RefreshPorts) -> tuple[str, ...]:
    """The same of cordons whose label somebody took off, and nothing else: the annotation tells whose they are."""
    found = cluster.nodes.unlabelled(limit=ORPHANS)
    named = Named(cluster)
    for node in found:
        if ownership.cordoner(node):
            _see_to_cordon(cluster, node, named, ports)
    return tuple(named.unreadable.values())


class Named:
    """The refreshes that marks name: read once, and after the marks, as a refresh has begun before it marks."""

    def __init__(self, cluster: Cluster) -> None:
        self.find = cache(cluster.refreshes.get)
        self.unreadable: dict[str, str] = {}  # what is wrong with each, by its name

    def is_done(self, name: str) -> bool:
        """Whether no refresh at work stands behind its marks. One that can't be read may be at work."""
        return self.is_readable(name) and not stands_behind(self.find(name))

    def is_readable(self, name: str) -> bool:
        """Whether `find` answers."""
        if name not in self.unreadable:
            try:
                self.find(name)
            except Refused as problem:
                self.unreadable[name] = str(problem)
        return name not in self.unreadable


def stands_behind(refresh: Refresh | None) -> bool:
    """Behind what bears its name. Where it has not begun, that is left by a deleted one of its name."""
    return refresh is not None and refresh.status.phase is RefreshPhase.RUNNING


def _see_to(cluster: Cluster, node: Node, label: str, named: Named, ports: RefreshPorts) -> None:
    if label == ownership.CORDONED_BY:
        _see_to_cordon(cluster, node, named, ports)
        return
    refresh, undo = node.labels[label], ownership.untaint if label == ownership.STALE else ownership.unmark
    if named.is_done(refresh):
        _take_back(cluster, node, refresh, partial(undo, refresh=refresh), ports)


def _see_to_cordon(cluster: Cluster, node: Node, named: Named, ports: RefreshPorts) -> None:
    """Once a person has uncordoned the node, what came with the cordon is taken off as well."""
    refresh = ownership.cordoner(node)
    if refresh is None or not named.is_readable(refresh):
        return
    wanted = fate(node, named.find(refresh))

    def undo(found: Node) -> NodeChange | None:
        """Decided anew: of one at work, another slot may have cordoned the node since."""
        if ownership.cordoner(found) != refresh or fate(found, cluster.refreshes.get(refresh)) is not Fate.GIVEN_BACK:
            return None
        return ownership.uncordon(found, refresh, cordoned_before=False)

    if wanted is Fate.GIVEN_BACK:
        _take_back(cluster, node, refresh, undo, ports)
    elif wanted is Fate.TOLD:
        why = f"{refresh} has had its machine renewed, or may have, and says nothing of it any more"
        said = summary.stays_cordoned(node.name, why)
        ports.audit.record(events.SWEPT, said, warning=True, cluster=str(cluster.key), refresh=refresh, node=node.name)
        cluster.announcer.on_node(node, "RepullFailed", said, warning=True)


def _take_back(
    cluster: Cluster, node: Node, refresh: str, undo: Callable[[Node], NodeChange | None], ports: RefreshPorts
) -> None:
    """Undo what a refresh that is over, or was deleted by hand, or knows nothing of it, has left on a node."""
    found: Node | None = node
    for lost in range(1, ATTEMPTS + 1):
        change = undo(found) if found else None
        if found is None or change is None:
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
