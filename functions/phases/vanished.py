"""A node that is gone, or is another object by now: how its turn ends, in every phase before its renewal."""

from functions.hold import Hold
from functions.model.cluster import Node
from functions.model.refresh import Outcome, Phase
from functions.phases.result import Done, Next, Result


def vanished(hold: Hold, node: Node | None, when: str) -> Result:
    """Its machine is new, so it is passed over.

    But one whose reset was in vain is the run's to prove, whoever has made it anew: it is awaited like one that was
    re-created by us, so that no further node is taken before.
    """
    slot = hold.slot
    if slot.escalated:
        changes = {"renewed_at": node.created if node else hold.now()}  # only what is heard since proves anything
        return Next(phase=Phase.AWAIT_BOOT, deadline_seconds=hold.settings.boot_seconds, changes=changes)
    return Done(outcome=Outcome.PASSED_OVER, note=f"node {slot.node}: gone or re-created {when}")
