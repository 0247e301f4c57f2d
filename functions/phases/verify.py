"""Verify: the kubelet itself pulls the failing image on the renewed node. Only a pass is success.

A node whose probe does not pass stays cordoned: it is empty, and pods sent there would fail.
"""

from functions.hold import Hold
from functions.methods import METHODS, chosen
from functions.model.names import ImageRef
from functions.model.refresh import Phase
from functions.phases import probing
from functions.phases.escalate import escalate, may_escalate
from functions.phases.made_anew import keep_cordoned
from functions.phases.result import HandOver, Next, Result
from functions.phases.unproven import unproven
from functions.probe import Answer, ProbeAnswer, ProbeKind


def step(hold: Hold) -> Result:
    """On to the uncordon; "unknown" is asked again until the deadline."""
    image = hold.refresh.spec.image
    if image is None:
        reason = f"node {hold.slot.node} can't be verified: the refresh names no image"
        return unproven(hold, reason)
    while hold.has_time_for(hold.settings.probe_seconds):
        if node := hold.cluster.nodes.get(hold.slot.node):
            keep_cordoned(hold, node)
        answer = probing.run(hold, ProbeKind.IMAGE, image, (hold.slot.node,))[hold.slot.node]
        if answer.answer is Answer.PASS or _image_is_at_fault(hold, image, answer):
            return Next(phase=Phase.UNCORDON, deadline_seconds=hold.settings.ready_seconds)
        if answer.answer is Answer.DENIED or hold.overdue:
            noun = METHODS[chosen(hold.refresh, hold.slot)].noun
            reason = f"node {hold.slot.node} still can't be shown to pull {image} after its {noun}: {answer.evidence}"
            denied = answer.answer is Answer.DENIED
            return escalate(hold, reason) if denied and may_escalate(hold) else unproven(hold, reason)
        hold.cluster.pods.await_change(
            hold.slot.node, seconds=min(hold.settings.evict_retry_seconds, hold.seconds_left(hold.slot.deadline))
        )
        hold.breathe(waiting=answer.evidence)
    return HandOver()


def _image_is_at_fault(hold: Hold, image: ImageRef, answer: ProbeAnswer) -> bool:
    """Whether the node may read and only this image is not there for it: then the renewal has done what it could."""
    if answer.cause is None or not answer.cause.is_of_the_image:
        return False
    access = probing.run(hold, ProbeKind.ACCESS, image, (hold.slot.node,))[hold.slot.node]
    return access.answer is Answer.PASS
