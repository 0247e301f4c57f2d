"""Verify: the kubelet itself pulls the failing image on the renewed node. Only a pass is success.

A node whose probe does not pass stays cordoned: it is empty, and pods sent there would fail.
"""

from functions.hold import Hold
from functions.model.refresh import Outcome, Phase
from functions.phases import probing
from functions.phases.await_boot import stays_cordoned
from functions.phases.result import Done, HandOver, Next, Result
from functions.probe import Answer, ProbeKind


def step(hold: Hold) -> Result:
    """On to the uncordon; "unknown" is asked again until the deadline."""
    image = hold.refresh.spec.image
    if image is None:
        reason = f"node {hold.slot.node} can't be verified: the refresh names no image"
        return Done(outcome=Outcome.FAILED, note=stays_cordoned(hold, reason), stop=reason)
    while hold.has_time_for(hold.settings.probe_seconds):
        answer = probing.run(hold, ProbeKind.IMAGE, image, (hold.slot.node,))[hold.slot.node]
        if answer.answer is Answer.PASS:
            return Next(phase=Phase.UNCORDON)
        expired = hold.slot.deadline is not None and hold.now() >= hold.slot.deadline
        if answer.answer is Answer.DENIED or expired:
            reason = f"node {hold.slot.node} still can't be shown to pull {image} after its reset: {answer.evidence}"
            return Done(outcome=Outcome.FAILED, note=stays_cordoned(hold, reason), stop=reason)
        hold.cluster.pods.await_change(
            hold.slot.node, seconds=min(hold.settings.evict_retry_seconds, hold.seconds_left(hold.slot.deadline))
        )
        hold.breathe()
    return HandOver()
