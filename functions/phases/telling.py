"""Says how a node has ended.

Where it was renewed, or given back, or has failed, that is said once it is written, and once more where whoever wrote
it died before all was done. Said before, it could be another end in the end: what is not written is decided again.
All else is said right before, as nobody would say it again.
"""

from functions import events, slots, summary
from functions.hold import Hold
from functions.model.refresh import Mark, Outcome, RefreshStatus
from functions.phases.result import Done

ENDED = {
    Outcome.RENEWED: events.RENEWED,
    Outcome.FRESH: events.FRESH,
    Outcome.PASSED_OVER: events.PASSED_OVER,
    Outcome.NEW: events.PASSED_OVER,
    Outcome.REFUSED: events.PASSED_OVER,
    Outcome.GIVEN_BACK: events.GIVEN_BACK,
    Outcome.FAILED: events.NODE_FAILED,
}
"""What the audit trail calls the end of a node."""
_STOPS = (Outcome.GIVEN_BACK, Outcome.FAILED)
AFTERWARDS = (Outcome.RENEWED, *_STOPS)
"""Ends that are said once they are written: whoever writes one takes its mark off the slot before the next step."""


def tell(hold: Hold, mark: Mark, note: str, *, stop: str) -> None:
    """`stop` is why no further node is taken; "" where the run goes on."""
    node, word = mark.node, mark.outcome.name.title().replace("_", "")
    hold.record(ENDED[mark.outcome], note, warning=mark.outcome in slots.TROUBLES, node=node, outcome=mark.outcome)
    stopped = mark.outcome in _STOPS
    hold.cluster.announcer.on_refresh(hold.refresh, f"Node{word}", note, warning=stopped)
    if stopped and (found := hold.cluster.nodes.get(node)) is not None:
        hold.cluster.announcer.on_node(found, f"Repull{word}", note, warning=True)
    if stop:
        hold.record(events.STOPPING, f"no further node is taken: {stop}", warning=True, node=node)


def late(hold: Hold, note: str) -> Done:
    """The node is done, and pods that should be at work by now are not, or can't be seen: somebody should look.

    Where whoever writes that dies, the next one looks again, and says it again or not.
    """
    hold.record(events.NOT_AT_WORK, note, warning=True)
    hold.cluster.announcer.on_refresh(hold.refresh, "NotAtWork", note, warning=True)
    return Done(outcome=Outcome.RENEWED, note=note)


def tell_again(hold: Hold) -> None:
    """Asked first by whoever chooses the next node: a mark that is still in the slot is all that a death has left."""
    for mark in hold.slot.marks:
        if mark.outcome in AFTERWARDS:
            tell(hold, mark, noted(hold.status, mark), stop=hold.status.stopping if mark.outcome in _STOPS else "")


def noted(status: RefreshStatus, mark: Mark) -> str:
    """What was said of the node; where that is not kept any more, how it ended."""
    return summary.noted(status, mark.node) or f"node {mark.node}: {mark.outcome}"
