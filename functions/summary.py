"""What is said of a run: its counts, its end, the one sentence with the reason, and a node's own note. Pure."""

from functions.model.refresh import RefreshPhase, RefreshStatus
from functions.text import names

COUNTED = ("renewed", "fresh", "passed_over", "refused", "given_back", "failed")
"""Fields of the status, of which each node that was in scope at the start counts in exactly one once it is done."""


def done(status: RefreshStatus) -> int:
    """Nodes of the total whose outcome is counted."""
    return sum(getattr(status, name) for name in COUNTED)


def counts(status: RefreshStatus) -> str:
    """How the nodes have ended so far, and how many came since the start; "" where there is none of either."""
    found = ((getattr(status, name), name.replace("_", " ")) for name in (*COUNTED, "new"))
    return ", ".join(f"{number} {words}" for number, words in found if number)


def end(status: RefreshStatus) -> RefreshPhase:
    """Succeeded only where nobody stopped it, and no node was refused, given back or failed."""
    if status.aborting:
        return RefreshPhase.ABORTED
    if status.stopping or status.refused or status.given_back or status.failed:
        return RefreshPhase.FAILED
    return RefreshPhase.SUCCEEDED


def sentence(status: RefreshStatus) -> str:
    """What became of the nodes, and why it did not succeed: who stopped it, what the first trouble was, or both."""
    said = ", ".join(filter(None, (counts(status), _not_reached(status)))) or _nothing(status)
    why = "; ".join(filter(None, (status.stopping, _trouble(status))))
    return f"{said}: {why}" if why else said


def noted(status: RefreshStatus, node: str) -> str:
    """What was said of the node: of the last few nodes, and of the first that failed, that is kept; else "".

    Its own note goes before another node's that names it.
    """
    kept = (*reversed(status.notes), status.trouble)
    own = tuple(note for note in kept if note.startswith((f"node {node}:", f"node {node} ")))
    others = tuple(note for note in kept if names(note, node))
    return next(iter((*own, *others)), "")


def stays_cordoned(node: str, reason: str) -> str:
    """Of a node that nothing proves to be able to pull; first what undoes its cordon."""
    return f"node {node} stays cordoned (when it is well again: kubectl uncordon {node}): {reason}"


def is_to_be_opened(node: str, reason: str) -> str:
    """Of a node whose cordon has no use any more, and can't be taken back for now."""
    return f"node {node} keeps its cordon until the sweep may take it back, or kubectl uncordon {node} does: {reason}"


def is_open(node: str, reason: str) -> str:
    """Of such a node whose cordon somebody has taken back; first what keeps pods off it."""
    undo = f"to keep pods off it: kubectl cordon {node}"
    return f"node {node} is cordoned no more, though nothing proves it well ({undo}): {reason}"


def tells_of_cordon(status: RefreshStatus, node: str) -> bool:
    """Whether people can read there that the node stays cordoned, or what to cordon it with, and why."""
    said = tuple(each(node, "").strip() for each in (stays_cordoned, is_open))
    return any(each in text for text in (*status.notes, status.trouble, status.stopping) for each in said)


def _trouble(status: RefreshStatus) -> str:
    """What a person must see to, unless it is said already. A run that was stopped is told by a failed node as well."""
    said_already = status.trouble in status.stopping or (status.stopping and not status.failed)
    return "" if said_already else status.trouble


def _not_reached(status: RefreshStatus) -> str:
    """Only a run that was stopped leaves some; the others are gone since they were counted, or never were."""
    left = (status.total or 0) - done(status)
    if left <= 0:
        return ""
    return f"{left} not reached" if status.stopping else f"{left} not there"


def _nothing(status: RefreshStatus) -> str:
    return "not begun" if status.total is None else "no node in scope"
