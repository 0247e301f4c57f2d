"""The one end that leaves a node cordoned: it was reset, or may have been, and nothing proves that it can pull."""

from functions.hold import Hold
from functions.model.refresh import Outcome
from functions.phases.result import Done


def unproven(hold: Hold, reason: str) -> Done:
    """Pods sent to such a node would fail. Say first what undoes the cordon, for whoever finds the node well again."""
    node = hold.slot.node
    said = f"node {node} stays cordoned (when it is well again: kubectl uncordon {node}): {reason}"
    return Done(outcome=Outcome.FAILED, note=said, stop=said)
