"""Uncordon: give back exactly what the cordon took.

A cordon that was there before stays, and so does one that GKE relies on; one taken back already is fine.
"""

from functools import partial

from functions import events, ownership
from functions.hold import Hold
from functions.model.cluster import Node, NodeChange
from functions.model.refresh import Phase
from functions.phases import marks
from functions.phases.result import Next, Result


def step(hold: Hold) -> Result:
    """On to the pods that failed."""
    release_node(hold)
    return Next(phase=Phase.RETRY_PODS, deadline_seconds=hold.settings.ready_seconds)


def release_node(hold: Hold, *, passed: bool = True) -> Node | None:
    """Take our cordon, and where the node passed our stale taint, off the slot's node. None where it is gone."""
    cordoned_before = hold.slot.cordoned_before

    def undo_cordon(node: Node) -> NodeChange | None:
        change = ownership.uncordon(node, hold.name, cordoned_before=cordoned_before)
        if change:  # said first: afterwards nothing shows whose cordon it was
            said = f"takes its cordon off {node.name}"
            if change.unschedulable is None:
                said = f"takes its marks off {node.name}, which stays cordoned"
            hold.record(events.PHASE, said, phase=hold.slot.phase)
        return change

    node = hold.change_node(hold.slot.node, undo_cordon)
    if passed and node is not None:
        node = hold.change_node(hold.slot.node, partial(marks.untaint, hold), seen=node)
    if node is not None:
        hold.cluster.announcer.on_node(node, "RepullUncordoned", f"Released by repull ({hold.name}): {_became(node)}")
    return node


def _became(node: Node) -> str:
    if not node.unschedulable:
        return "takes pods again"
    if ownership.drained_by_gke(node):
        return "stays cordoned, as GKE drains it"
    return "stays cordoned, as somebody else wants it"
