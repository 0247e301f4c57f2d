"""Takes off every node what this refresh has put there, a batch at a time."""

from collections.abc import Callable, Iterator

from functions import ownership
from functions.hold import Hold
from functions.model.cluster import Node, NodeChange

BATCH = 50

Row = tuple[str, Callable[[Node], NodeChange | None]]
"""A label whose value is the refresh's name, and how to undo what it stands for."""

MARKS: tuple[Row, ...] = ((ownership.STALE, ownership.untaint), (ownership.REFRESH, ownership.unmark))


def take_back(
    hold: Hold, rows: tuple[Row, ...] = MARKS, *, saying: Callable[[Node], None] = lambda _: None
) -> Iterator[Node]:
    """Yields each node when it was given back; whoever has no time left takes no further one.

    `saying` is told of each right before: afterwards nothing shows that there was anything on it.
    """
    for label, undo in rows:
        while nodes := hold.cluster.nodes.carrying(label, hold.name, limit=BATCH):
            for node in nodes:
                saying(node)
                hold.change_node(node.name, undo, seen=node)
                hold.breathe()
                yield node
