"""Which nodes a slot asks at a time, and what it means where none of them can be asked. Pure."""

from functions.model.cluster import Node
from functions.model.verdict import Cause
from functions.ownership import NAMESPACE
from functions.probe import Answer, ProbeAnswer

OUTAGES = (Cause.NETWORK, Cause.REGISTRY_ERROR, Cause.RATE_LIMITED, Cause.TLS_TRUST)


def share(most: int, choosing: int) -> int:
    """How many nodes a slot asks at a time, so that all that choose ask about as many as one alone would.

    Two at least, where so many are allowed: that one node can't be asked tells nothing about the others.
    """
    return min(most, max(2, most // max(1, choosing)))


def in_turn(found: tuple[Node, ...], turn: int) -> tuple[Node, ...]:
    """The same, beginning at the one whose turn it is; the first ones come last, and none is left out."""
    begin = turn % len(found) if found else 0
    return found[begin:] + found[:begin]


def blind(answers: tuple[ProbeAnswer, ...], *, many: int) -> str:
    """Why to stop where no probe of a batch could tell: an outage would keep every node of the cluster waiting.

    Fewer than `many` that can't be asked, full or broken, are no outage; what a registry or the network says about
    one is.
    """
    if not answers or any(each.answer is not Answer.UNKNOWN for each in answers):
        return ""
    if len(answers) < many and all(each.cause not in OUTAGES for each in answers):
        return ""
    return (
        f"no probe could tell whether its node can pull (kubectl -n {NAMESPACE} get events says what became of each; "
        f"once that is mended, start again): {answers[0].evidence}"
    )
