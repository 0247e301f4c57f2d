"""Writes on nodes what people should see there, and takes off every node what this refresh has put there.

All of it is a copy: a node that may not be written keeps no refresh from its end. It is told, and the sweep goes on.
"""

from collections.abc import Callable, Iterator

from functions import events, ownership
from functions.errors import Refused
from functions.hold import Hold
from functions.model.cluster import Node, NodeChange

BATCH = 50

Row = tuple[str, Callable[[Node, str], NodeChange | None]]
"""A label whose value is the refresh's name, and how to undo what it stands for."""

TAINT: Row = (ownership.STALE, ownership.untaint)
MARK: Row = (ownership.REFRESH, ownership.unmark)


def write(hold: Hold, name: str, decide: Callable[[Node], NodeChange | None], *, seen: Node | None = None) -> str:
    """Change the node, as `hold.change_node` does; why it may not be changed, and "" where it was or need not be."""
    try:
        hold.change_node(name, decide, seen=seen)
    except Refused as refusal:
        return str(refusal)
    return ""


def untaint(hold: Hold, node: Node) -> NodeChange | None:
    """Open the node to new pods again, as far as this refresh has closed it; None where it has not."""
    tell_untainted(hold, node)
    return ownership.untaint(node, hold.name)


def tell_untainted(hold: Hold, node: Node) -> None:
    """Before it is done: afterwards nothing shows that it was closed."""
    if ownership.untaint(node, hold.name):
        said = f"keeps new pods off {node.name} no longer: takes off the taint {ownership.STALE}"
        hold.record(events.UNTAINTED, said, node=node.name)


def take_back(hold: Hold, rows: tuple[Row, ...], *, saying: Callable[[Node], None] = lambda _: None) -> Iterator[str]:
    """Yields for each node why nothing may be taken off it, "" where it was; whoever has no time left takes no other.

    `saying` is told of each right before: afterwards nothing shows that there was anything on it. One on which a row
    finds nothing to undo is passed by. Of nodes that may not be written no more than a batch are tried.
    """
    for label, undo in rows:
        kept: set[str] = set()

        def undone(node: Node, undo: Callable[[Node, str], NodeChange | None] = undo) -> NodeChange | None:
            return undo(node, hold.name)

        while nodes := _but(kept, hold.cluster.nodes.carrying(label, hold.name, limit=BATCH)):
            for node in nodes:
                if undo(node, hold.name) is None:
                    kept.add(node.name)
                    continue
                saying(node)
                if why := write(hold, node.name, undone, seen=node):
                    kept.add(node.name)
                    said = f"node {node.name} keeps what repull has put there, and the sweep sees to it: {why}"
                    hold.record(events.NOT_MARKED, said, warning=True, node=node.name)
                hold.breathe()
                yield why


def _but(names: set[str], nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(node for node in nodes if node.name not in names)
