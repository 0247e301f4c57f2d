"""The one end that leaves a node cordoned: it was reset, or may have been, and nothing proves that it can pull."""

from functions import summary
from functions.errors import Refused
from functions.hold import Hold
from functions.model.refresh import Outcome
from functions.phases.made_anew import keep_cordoned
from functions.phases.result import Done


def unproven(hold: Hold, reason: str) -> Done:
    """Pods sent to such a node would fail. Say first what undoes the cordon, for whoever finds the node well again.

    Or that there is none any more: a person who has opened the node is not overruled.
    """
    tells = summary.is_open if _is_open(hold) else summary.stays_cordoned
    said = tells(hold.slot.node, reason)
    return Done(outcome=Outcome.FAILED, note=said, stop=said)


def _is_open(hold: Hold) -> bool:
    """A node that can't be read is taken to be as we left it: that keeps no run from its end."""
    node = None
    try:
        node = hold.cluster.nodes.get(hold.slot.node)
        node = keep_cordoned(hold, node) if node else None
    except Refused:
        pass  # of one that can't be cordoned again it is known that it is open
    return node is not None and not node.unschedulable
