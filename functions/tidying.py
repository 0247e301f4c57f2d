"""Takes back what refreshes have left on nodes that no refresh at work stands behind. Harmless to repeat."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, partial

from functions import events, ownership, slots, summary
from functions.errors import Conflict, NotFound, Refused
from functions.model.cluster import Node, NodeChange
from functions.model.refresh import Refresh, RefreshPhase
from functions.ports import Cluster, RefreshPorts
from functions.racing import ATTEMPTS, apart

ORPHANS = 50
MOST_REFUSED = 200
"""Nodes that may not be written, of which a sweep tries so many, and a page more: perhaps none may be."""
TOLD = 10
"""Of how many of them it says why."""


class Fate(StrEnum):
    """What becomes of a cordon of ours."""

    STAYS = "stays"  # its refresh sees to it, or has said what undoes it
    GIVEN_BACK = "given back"
    TOLD = "told"  # its machine may have been renewed, and nobody has said what undoes it


def fate(node: Node, refresh: Refresh | None) -> Fate:
    """Of a cordoned node, by the refresh whose cordon it is, which was read after the node. Pure.

    A node that nothing proves to be able to pull is worse in service than out of it. So where a refresh is kept, only
    a cordon of which it is known that no renewal came after it is given back, and one that a person has undone. Who
    deletes a refresh answers for what that has renewed, and not for what an earlier one had left to it.
    """
    if refresh is None or refresh.status.phase is RefreshPhase.PENDING:
        if node.unschedulable and ownership.left_unproven_by(node, ownership.cordoner(node) or ""):
            return Fate.TOLD
        return Fate.GIVEN_BACK  # of a refresh that was deleted
    if sees_to(refresh, node):
        return Fate.STAYS
    if not node.unschedulable:
        return Fate.GIVEN_BACK
    if summary.tells_of_cordon(refresh.status, node.name):
        return Fate.STAYS
    return Fate.GIVEN_BACK if ownership.untouched(node) else Fate.TOLD


def tidy(cluster: Cluster, ports: RefreshPorts, at_work: tuple[str, ...]) -> tuple[str, ...]:
    """By their labels; a run over a large cluster must not hide others' with its own. Answers what hindered it."""
    hindered = Hindered()

    def of_others(label: str, most: int) -> tuple[Node, ...]:
        return cluster.nodes.carrying(label, but=(*at_work, *hindered.unreadable), limit=most)

    def of_one(name: str, most: int) -> tuple[Node, ...]:
        return cluster.nodes.carrying(ownership.CORDONED_BY, name, limit=slots.MOST_PLACES + most)

    for label in (ownership.CORDONED_BY, ownership.STALE, ownership.REFRESH):
        _see_to_all(cluster, partial(of_others, label), partial(_see_to, cluster, ports, label), hindered)
    for name in at_work:
        _see_to_all(cluster, partial(of_one, name), partial(_see_to_cordon, cluster, ports), hindered)
    return hindered.told()


def tidy_unlabelled(cluster: Cluster, ports: RefreshPorts) -> tuple[str, ...]:
    """The same of cordons whose label somebody took off, and nothing else: the annotation tells whose they are."""
    hindered = Hindered()

    def find(most: int) -> tuple[Node, ...]:
        return cluster.nodes.unlabelled(limit=most)

    def see_to(node: Node, named: Named) -> None:
        if ownership.cordoner(node):
            _see_to_cordon(cluster, ports, node, named)

    _see_to_all(cluster, find, see_to, hindered)
    return hindered.told()


@dataclass(frozen=True)
class Hindered:
    """Why something of what is left could not be seen to."""

    unreadable: dict[str, str] = field(default_factory=dict)  # what is wrong with each refresh, by its name
    unwritten: dict[str, str] = field(default_factory=dict)  # who refuses to have each node written, by its name

    def told(self) -> tuple[str, ...]:
        """In sentences. Where the right to write nodes is gone, all are refused alike."""
        refused = tuple(f"node {name}: {why}" for name, why in self.unwritten.items())
        more = (f"{len(refused) - TOLD} more",) if len(refused) > TOLD else ()
        return (*self.unreadable.values(), *refused[:TOLD], *more)


class Named:
    """The refreshes that marks name: read once, and after the marks, as a refresh has begun before it marks."""

    def __init__(self, cluster: Cluster) -> None:
        self.find = cache(cluster.refreshes.get)
        self.unreadable: dict[str, str] = {}  # what is wrong with each, by its name

    def is_done(self, name: str) -> bool:
        """Whether no refresh at work stands behind its marks. One that can't be read may be at work."""
        return self.is_readable(name) and not stands_behind(self.find(name))

    def sees_to(self, name: str, node: Node) -> bool:
        """Whether that refresh is at work on the node, or can't be read, and may be."""
        return not self.is_readable(name) or sees_to(self.find(name), node)

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


def sees_to(refresh: Refresh | None, node: Node) -> bool:
    """Whether it is at work on this very node."""
    if refresh is None or not stands_behind(refresh):
        return False
    return any(slot.node == node.name for slot in refresh.status.slots)


def _see_to_all(
    cluster: Cluster,
    find: Callable[[int], tuple[Node, ...]],
    see_to: Callable[[Node, Named], None],
    hindered: Hindered,
) -> None:
    """Every node that is found, each for itself, a page at a time.

    Neither a refresh that can't be read nor a node that can't be written must hide others': once that is known, those
    are looked for that it may have hidden. An outage ends it: every further call would be waited for.
    """
    refused: dict[str, str] = {}
    hidden = True
    while hidden:
        most = ORPHANS + len(refused)
        found = find(most)
        named, kept = Named(cluster), dict[str, str]()
        for node in found:
            if node.name in refused:
                continue
            try:
                see_to(node, named)
            except Refused as refusal:
                kept[node.name] = str(refusal)
        unheard = bool(kept) or not named.unreadable.keys() <= hindered.unreadable.keys()
        hidden = unheard and len(found) >= most and len(refused) < MOST_REFUSED
        refused |= kept
        hindered.unreadable.update(named.unreadable)
        hindered.unwritten.update(kept)


def _see_to(cluster: Cluster, ports: RefreshPorts, label: str, node: Node, named: Named) -> None:
    if label == ownership.CORDONED_BY:
        _see_to_cordon(cluster, ports, node, named)
        return
    refresh, undo = node.labels[label], ownership.untaint if label == ownership.STALE else ownership.unmark
    if named.is_done(refresh):
        _take_back(cluster, node, refresh, partial(undo, refresh=refresh), ports)


def _see_to_cordon(cluster: Cluster, ports: RefreshPorts, node: Node, named: Named) -> None:
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
        who = ownership.left_unproven_by(node, refresh) or refresh
        why = f"{who} has had its machine renewed, or may have, and nothing has shown it well since"
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
