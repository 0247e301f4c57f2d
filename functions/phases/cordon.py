"""Cordon: one PATCH that says who did it, for which refresh, and what was there before.

The slot learns first whether the node was cordoned by somebody else; a node that carries our cordon already is
left as it is.
"""

from datetime import datetime

from functions import eligibility, events, ownership
from functions.errors import Refused
from functions.hold import Hold
from functions.methods import METHODS, chosen
from functions.methods.way import Way
from functions.model.cluster import Node, NodeChange
from functions.model.refresh import Outcome, Phase
from functions.phases import brakes
from functions.phases.result import Done, Next, Result
from functions.phases.vanished import vanished


def step(hold: Hold) -> Result:
    """On to the drain; back to the preflight, where that was an earlier invocation's.

    A node that went away or was re-created is passed over: its machine is new.
    """
    slot = hold.slot
    node = hold.cluster.nodes.get(slot.node)
    if node is None or node.uid != slot.node_uid:
        return vanished(hold, node, "before it was cordoned")
    if not ownership.ours(node, hold.name) and (result := _close(hold, node)):
        return result
    # One limit for drain and re-check together: a pod that keeps coming back can't hold the node for ever.
    return Next(
        phase=_way(hold).after_cordon,
        deadline_seconds=hold.settings.drain_seconds + hold.settings.lb_drain_seconds,
        changes={"cordoned_at": _cordoned_at(hold, node)},
    )


def _cordoned_at(hold: Hold, node: Node) -> datetime:
    """By the node as it was found: an earlier invocation may have cordoned it, and died some time ago."""
    before = ownership.before(node) if ownership.ours(node, hold.name) else None
    return before.at if before else hold.now()


def _close(hold: Hold, node: Node) -> Result | None:
    """Cordon it, unless somebody has said since the preflight that it is not to be."""
    slot = hold.slot
    if result := _changed_since(hold, node):
        return result
    if slot.cordoned_before != ownership.cordoned_by_others(node):
        hold.update(cordoned_before=ownership.cordoned_by_others(node))
    try:
        cordoned = cordon(hold, slot.node, uid=slot.node_uid)
    except Refused as refusal:  # nothing was touched, and whoever asks again is refused again
        return Done(outcome=Outcome.REFUSED, note=f"node {slot.node}: it can't be cordoned: {refusal}")
    if cordoned is None:  # it changed under our hands: observe again
        return Next(phase=Phase.CORDON, changes={"deadline": slot.deadline})
    hold.cluster.announcer.on_node(cordoned, "RepullCordoned", f"Cordoned by repull to renew it ({hold.name})")
    hold.cluster.announcer.on_refresh(hold.refresh, "Cordoned", f"Cordoned node {cordoned.name}")
    return None


def _changed_since(hold: Hold, node: Node) -> Result | None:
    """What has come up since the preflight; all of it is judged anew where that was an earlier invocation's."""
    hold.reread()
    slot = hold.slot
    if hold.status.stopping:
        return Done(outcome=Outcome.REFUSED, note=f"node {slot.node}: not renewed: {hold.status.stopping}")
    if why := eligibility.passed_over(node, hold.refresh):
        return Done(outcome=Outcome.PASSED_OVER, note=why)
    if hold.judged != node.name:  # whoever did may have died an hour ago
        return Next(phase=Phase.PREFLIGHT, changes={"deadline": slot.deadline})
    return brakes.look(hold)


def cordon(hold: Hold, name: str, *, uid: str) -> Node | None:
    """Cordon the node of this uid; None where it is another, or its cordon is no longer as the slot remembers it."""
    before = hold.slot.cordoned_before

    def decide(node: Node) -> NodeChange | None:
        if node.uid != uid or ownership.ours(node, hold.name) or ownership.cordoned_by_others(node) != before:
            return None
        # Said first: whoever finds our cordon on a node has nothing left to say.
        hold.record(events.PHASE, f"cordons {name}", phase=Phase.CORDON, cordoned_before=before)
        return ownership.cordon(node, hold.name, cordoned_before=before, now=hold.now(), removable=_way(hold).outage)

    node = hold.change_node(name, decide)
    return node if node and ownership.ours(node, hold.name) else None


def _way(hold: Hold) -> Way:
    return METHODS[chosen(hold.refresh, hold.slot)]
