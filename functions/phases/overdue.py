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
    if not slot.attempt:
        return unmade(hold, error)
    if isinstance(error, Retryable):
        return None
    reason = f"whether node {slot.node} was renewed can't be found out: {error}"
    return unproven(hold, reason) if _is_due(hold) else None


def unmade(hold: Hold, error: Refused | Retryable) -> Result | None:
    """The same where it is known that no renewal was made, whatever was written down."""
    reason = f"node {hold.slot.node} could not be brought to its renewal in time: {error}"
    return roll_back(reason) if _is_due(hold) else None


def _is_due(hold: Hold) -> bool:
    deadline = hold.slot.deadline
    return hold.slot.phase in _BEFORE_THE_CALL and deadline is not None and hold.now() >= deadline
