"""A node that is made anew while nothing proves it yet, by its group or by a repair: it comes back open.

The same object that a person has opened stays open.
"""

from functions import ownership
from functions.hold import Hold
from functions.model.cluster import Node, NodeChange


def keep_cordoned(hold: Hold, node: Node) -> Node | None:
    """Cordon a re-created node again: it has none of our annotations, but the slot remembers. Answers it as it is now.

    None where it is gone again.
    """
    if node.uid == hold.slot.node_uid:
        return node
    before = hold.slot.cordoned_before

    def decide(found: Node) -> NodeChange | None:
        return (
            None
            if ownership.ours(found, hold.name)
            else ownership.cordon(found, hold.name, cordoned_before=before, now=hold.now(), renewed=True)
        )

    now = hold.change_node(node.name, decide)
    hold.update(node_uid=node.uid)
    return now
