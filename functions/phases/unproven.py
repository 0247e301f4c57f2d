"""The one end that leaves a node cordoned: it was reset, or may have been, and nothing proves that it can pull."""

from functions import summary
from functions.hold import Hold
from functions.model.refresh import Outcome
from functions.phases.result import Done


def unproven(hold: Hold, reason: str) -> Done:
    """Pods sent to such a node would fail. Say first what undoes the cordon, for whoever finds the node well again."""
    said = summary.stays_cordoned(hold.slot.node, reason)
    return Done(outcome=Outcome.FAILED, note=said, stop=said)
