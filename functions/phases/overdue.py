"""No node waits out of service for ever because somebody gives no answer: at its deadline it is given back.

Until then the message is delivered again, as after every failure: most of them pass.
"""

from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.refresh import Phase
from functions.phases.result import Result, roll_back
from functions.phases.unproven import unproven

_BEFORE_THE_CALL = frozenset({Phase.DRAIN, Phase.RECHECK, Phase.RENEW})


def end(hold: Hold, error: Refused | Retryable) -> Result | None:
    """What to do instead of asking once more; None where the error is still to be waited out.

    Once a renewal was written down, it may have been made: an outage is waited out then, and where it may not be
    looked for at all, the node stays cordoned.
    """
    slot = hold.slot
    if slot.phase not in _BEFORE_THE_CALL or slot.deadline is None or hold.now() < slot.deadline:
        return None
    if not slot.attempt:
        return roll_back(f"node {slot.node} could not be brought to its renewal in time: {error}")
    if isinstance(error, Retryable):
        return None
    return unproven(hold, f"whether node {slot.node} was renewed can't be found out: {error}")
