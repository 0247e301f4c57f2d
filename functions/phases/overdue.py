"""No node waits out of service for ever because somebody gives no answer, or refuses: its phase's deadline is its end.

Until then the message is delivered again, as after every failure: most of them pass.
"""

from collections.abc import Callable
from datetime import timedelta

from functions import ownership, slots, summary
from functions.errors import NotNow, Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Node
from functions.model.refresh import Outcome, Phase
from functions.phases import conclude, telling
from functions.phases.result import RELEASE_SECONDS, Done, Next, NothingLeft, Result, roll_back
from functions.phases.unproven import unproven

OUTAGE_SECONDS = 3600.0
"""How long an outage is waited out: while nothing was done to a node, and afterwards beyond the time of its phase.

Then somebody has to look, and to start again, knowingly. One that lasts longer may be kept up by our own cordon: of an
admission webhook, say, whose only pod has no other place.
"""


def end(hold: Hold, error: Refused | Retryable) -> Result | None:
    """What to do instead of asking once more; None where the error is still to be waited out."""
    found = ENDS.get(hold.slot.phase)
    return found(hold, error) if found and hold.overdue else None


def patience(error: Refused | Retryable) -> float:
    """Seconds for which it is asked again before a cordon: an outage lasts longer than a right takes to be granted."""
    return RELEASE_SECONDS if isinstance(error, Refused) else OUTAGE_SECONDS


def _may_yet_pass(hold: Hold, error: Refused | Retryable) -> bool:
    """Whether it may yet pass: a refusal has had its time by the deadline, and an outage an hour more."""
    deadline = hold.slot.deadline
    if deadline is None or isinstance(error, Refused):
        return False
    return hold.now() < deadline + timedelta(seconds=OUTAGE_SECONDS)


def _not_chosen(hold: Hold, error: Refused | Retryable) -> Result:
    """Whoever asks for the next one is not told either."""
    why = f"no node could be chosen in time: {error}"
    hold.save(lambda status, _: slots.stop(status, why))
    return NothingLeft()


def _unjudged(hold: Hold, error: Refused | Retryable) -> Result:
    """What can't be looked at for this node can't be for the next one."""
    said = f"node {hold.slot.node}: whether it may be renewed can't be found out: {error}"
    return Done(outcome=Outcome.REFUSED, note=said, stop=said)


def unmade(hold: Hold, error: Refused | Retryable) -> Result:
    """It is known that no renewal was made, whatever was written down: the node is given back."""
    return roll_back(f"node {hold.slot.node} could not be brought to its renewal in time: {error}")


def _perhaps_made(hold: Hold, error: Refused | Retryable) -> Result | None:
    """Once a renewal was written down, it may have been made.

    An outage is waited out then, and where it may not be looked for at all, the node stays cordoned.
    """
    if not hold.slot.attempt:
        return unmade(hold, error)
    if _may_yet_pass(hold, error):
        return None
    return unproven(hold, f"whether node {hold.slot.node} was renewed can't be found out: {error}")


def _renewed(hold: Hold, error: Refused | Retryable) -> Result | None:
    """An outage is waited out: the node is out of service either way, and may yet be proven."""
    if _may_yet_pass(hold, error) and not isinstance(error, NotNow):
        return None
    return unproven(hold, f"nothing could be proven of node {hold.slot.node} in time: {error}")


def _passed(hold: Hold, error: Refused | Retryable) -> Result | None:
    """A cordon that may not be taken back. One that is taken back leaves what the end of the run can see to."""
    if _may_yet_pass(hold, error):
        return None
    node = _seen(hold)
    if node is not None and not node.unschedulable:
        return Next(phase=Phase.RETRY_PODS, deadline_seconds=hold.settings.ready_seconds)
    reason = f"it can pull, and its cordon can't be taken back: {error}"
    return _stopped(summary.stays_cordoned(hold.slot.node, reason))


def _not_given_back(hold: Hold, error: Refused | Retryable) -> Result | None:
    """Where the node itself says that no renewal came after its cordon, the sweep goes on trying."""
    if _may_yet_pass(hold, error):
        return None
    node, reason = _seen(hold), f"not renewed, and it can't be given back: {error}; {hold.slot.reason}"
    if node is None or (node.unschedulable and ownership.untouched(node)):  # the sweep decides by what it then reads
        return _stopped(summary.is_to_be_opened(hold.slot.node, reason))
    return unproven(hold, reason)


def _at_work(hold: Hold, error: Refused | Retryable) -> Result:
    """The node is proven, and open: what its pods do is asked for their sake."""
    return telling.late(
        hold, f"node {hold.slot.node}: renewed and verified; whether its pods are at work can't be found out: {error}"
    )


def _removed(hold: Hold, error: Refused | Retryable) -> Result | None:
    """The counts are given back by then, unless an outage keeps them, which lasts: then they are the sweep's."""
    if _may_yet_pass(hold, error):
        return None
    return _stopped(f"node {hold.slot.node} was removed, and what was scaled for it can't be looked at: {error}")


def _stopped(said: str) -> Done:
    return Done(outcome=Outcome.FAILED, note=said, stop=said)


def _seen(hold: Hold) -> Node | None:
    """None where it can't be read either, or is gone."""
    try:
        return hold.cluster.nodes.get(hold.slot.node)
    except Refused:
        return None


ENDS: dict[Phase, Callable[[Hold, Refused | Retryable], Result | None]] = {
    Phase.CHOOSE: _not_chosen,
    Phase.PREFLIGHT: _unjudged,
    Phase.CORDON: unmade,  # an answer may have got lost: what is ours is taken back
    Phase.DRAIN: unmade,
    Phase.RECHECK: unmade,  # also with an attempt of before, which the renewal has found out was never made
    Phase.RENEW: _perhaps_made,
    Phase.AWAIT_REMOVAL: unmade,
    Phase.SCALE_UP: _removed,
    Phase.AWAIT_STOP: _renewed,
    Phase.AWAIT_BOOT: _renewed,
    Phase.VERIFY: _renewed,
    Phase.UNCORDON: _passed,
    Phase.RETRY_PODS: _at_work,
    Phase.ROLL_BACK: _not_given_back,
    Phase.FINISHED: conclude.give_up,
}
"""How the phases end at their deadline. Before the cordon, and at the end, it is counted from the first failure on."""
