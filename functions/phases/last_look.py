"""Right before the call that renews a machine: all that the re-check asks is asked once more.

The call may be taken up long after the re-check, by another invocation.
"""

from functions.hold import Hold
from functions.model.refresh import Phase
from functions.phases.recheck import look, waiting_for
from functions.phases.result import Next, Result


def last_look(hold: Hold) -> Result | None:
    """None where nothing speaks against the call.

    What is to be waited for is waited for by the re-check, as long as its deadline allows.
    """
    if result := look(hold, anew=True):
        return result
    waiting, _ = waiting_for(hold, hold.cluster.nodes.get(hold.slot.node))
    return Next(phase=Phase.RECHECK, changes={"deadline": hold.slot.deadline}) if waiting else None
