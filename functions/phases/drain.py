"""Drain: evict what `kubectl drain` would evict, until nothing evictable is left.

The node and its pods are kept in view by watches, so pods that land late are seen. The whole takes at most
`drain_seconds`, then the node is rolled back and what held it up is named.
"""

from functions import evictions, ownership
from functions.evictions import Fate, PodPlan
from functions.hold import Hold
from functions.model.cluster import Node
from functions.model.refresh import Phase
from functions.phases import promises
from functions.phases.evicting import Drain
from functions.phases.result import HandOver, Next, Result, roll_back
from functions.phases.vanished import vanished
from functions.replacements import Progress


def step(hold: Hold) -> Result:
    """On to the re-check; roll back where it can't end, or a person or a stop asks for it."""
    with hold.cluster.views.around(hold.slot.node) as view:
        drain = Drain(hold, view)
        while isinstance(result := _round(hold, drain), str):
            view.wait(min(drain.seconds_to_next_try(), hold.seconds_left(hold.slot.deadline)))
            hold.breathe(waiting=result)
        return result


def _round(hold: Hold, drain: Drain) -> Result | str:
    """Look, and ask for what may leave now; how the drain ends, or what it waits for while it goes on."""
    node = drain.view.node()
    if node is None or node.uid != hold.slot.node_uid:
        return vanished(hold, node, "during its drain")
    if reason := _taken_back(hold, node):
        return roll_back(reason)
    pods = drain.view.pods()
    drain.note(promises.controllers(hold, pods))
    plans = evictions.plan(pods, drain.facts(pods))
    left = (*evictions.with_fate(plans, Fate.EVICT), *evictions.with_fate(plans, Fate.AWAIT))
    if result := _end(hold, drain, node, plans, left):
        return result
    leaving = tuple(each.pod for each in left)
    if to_evict := tuple(each.pod for each in evictions.with_fate(plans, Fate.EVICT)):
        due = drain.due(to_evict)
        drain.meet(due)
        progress, why = drain.progress(leaving)
        if progress is Progress.ROLL_BACK:
            return roll_back(why)
        if progress is Progress.GO_ON:
            if due:
                hold.reread()  # an abort, or the end of the refresh, since it was written last
                if hold.status.aborting:
                    return roll_back(hold.status.stopping)
            drain.evict(due)
            drain.meet(to_evict)  # those of the next rounds, while the first are being replaced
    return drain.held_up(leaving)


def _taken_back(hold: Hold, node: Node) -> str:
    """Why the node is no longer ours to drain; "" where it is."""
    if not ownership.ours(node, hold.name) or not node.unschedulable:
        return f"somebody took back the cordon of {node.name} during the drain"
    if ownership.excluded(node):
        return f"somebody has excluded {node.name} during the drain, by the label {ownership.EXCLUDE}"
    return hold.status.stopping if hold.status.aborting else ""


def _end(hold: Hold, drain: Drain, node: Node, plans: tuple[PodPlan, ...], left: tuple[PodPlan, ...]) -> Result | None:
    """How the drain ends as things are; None while it goes on. Those `left` are to leave, or are leaving."""
    if refused := evictions.with_fate(plans, Fate.REFUSE):
        return roll_back("; ".join(each.reason for each in refused))
    before = ownership.before(node)
    if before and (defying := evictions.defying_cordon(plans, cordoned_at=before.at)):
        names = ", ".join(pod.key for pod in defying)
        return roll_back(
            f"pods are put on {node.name} although it is cordoned, and would be as often as they are evicted: {names}; "
            f"let them tolerate less, or give the node the label {ownership.EXCLUDE}"
        )
    time_is_up = hold.overdue
    if not left and (time_is_up or not drain.to_come()):  # what appears yet, the re-check finds
        return Next(phase=Phase.RECHECK, changes={"deadline": hold.slot.deadline})
    if time_is_up:
        why = drain.held_up(tuple(each.pod for each in left))
        return roll_back(f"the drain of {hold.slot.node} did not end within {hold.settings.drain_seconds:.0f} s: {why}")
    return HandOver() if hold.spent else None
