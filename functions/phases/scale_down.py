"""Scale down: note the replica counts of the Deployments that can't pull on the node, and have none of them run.

Count and note are one PATCH against what was read. The slot learns before which they are.
"""

from functions import eligibility, events, guards, ownership, replicas
from functions.errors import Conflict, NotFound, Refused
from functions.hold import Hold
from functions.methods import METHODS, chosen
from functions.model.cluster import Node
from functions.model.refresh import Phase
from functions.model.workload import Deployment
from functions.phases import outage, renew
from functions.phases.preflight import gather
from functions.phases.result import Next, Result, give_way, roll_back
from functions.phases.vanished import vanished
from functions.replicas import SCALED_BY


def step(hold: Hold) -> Result:
    """On to the autoscaler. Whatever the preflight asked of the outage is asked again, right before it begins.

    Once it has begun, nothing is: the node's removal may be under way, and what is half removed would be refused.
    """
    hold.reread()
    slot, node = hold.slot, hold.cluster.nodes.get(hold.slot.node)
    if node is None or node.uid != slot.node_uid:
        if slot.workloads:
            return _await_removal(hold)
        return vanished(hold, node, "before its removal")
    if reason := _broken(hold, node):
        return roll_back(reason)
    if slot.workloads:
        _tell_again(hold)
    if _has_begun(hold):
        return _await_removal(hold)
    hold.ports.gke.at_work(hold.cluster.key, anew=True)  # what it said last may be older than an upgrade
    facts = gather(hold, node, chosen(hold.refresh, slot), hold.cluster.memory.renewals())
    reasons, planned = guards.refusals(facts, guards.BEFORE_SCALING), facts.machine.outage
    if planned and not reasons:
        return _scale_all(hold, planned.failing)
    going = guards.going(facts) if not slot.workloads else ()
    return give_way("; ".join(going)) if going else roll_back("; ".join(reasons))


def _broken(hold: Hold, node: Node) -> str:
    """Why not to begin, or to go on, with an outage; "" where nothing."""
    if hold.status.stopping:
        return hold.status.stopping
    if not (ownership.ours(node, hold.name) and node.unschedulable):
        return f"somebody took back the cordon of {node.name}"
    if ownership.excluded(node):
        return eligibility.exclusion(node)
    if hold.overdue:
        return f"the workloads on {node.name} could not be scaled in time: somebody else writes them all the while"
    holder = hold.cluster.leases.take(hold.name, hold.guard)
    return "" if holder == hold.name else f"the cluster's lease is held by {holder} now"


def _has_begun(hold: Hold) -> bool:
    """Whether everything that the slot wrote down has been scaled to zero by this refresh."""
    found = outage.workloads(hold)
    return bool(found) and all(not each.replicas and each.labels.get(SCALED_BY) == hold.name for each in found)


def _write_down(hold: Hold, failing: tuple[Deployment, ...]) -> None:
    """In the slot, and for the cooldown, before anything happens."""
    keys = tuple(dict.fromkeys((*hold.slot.workloads, *(each.key for each in failing))))
    if keys != hold.slot.workloads:
        hold.update(workloads=keys, attempt=1, renewed_at=hold.slot.renewed_at or hold.now())
    hold.cluster.memory.remember(renew.remembered(hold))


def _scale_all(hold: Hold, failing: tuple[Deployment, ...]) -> Next:
    _write_down(hold, failing)
    for found in failing:
        hold.reread()  # a refresh that was deleted, or is stopping by now, takes nothing down
        if hold.status.stopping:
            _forget_unless_begun(hold)
            return roll_back(hold.status.stopping)
        try:
            _scale(hold, found)
        except Conflict:  # it has changed: observe again
            return Next(phase=Phase.SCALE_DOWN, changes={"deadline": hold.slot.deadline})
        except Refused as refusal:
            return roll_back(f"Deployment {found.key} can't be scaled: {refusal}")
    return _await_removal(hold)


def _forget_unless_begun(hold: Hold) -> None:
    """What is written down and was never done counts for no cooldown."""
    if not any(each.labels.get(SCALED_BY) == hold.name for each in outage.workloads(hold)):
        renew.forget(hold, METHODS[chosen(hold.refresh, hold.slot)])


def _scale(hold: Hold, found: Deployment) -> None:
    change = replicas.to_zero(found, hold.name)
    if change is None:
        return
    hold.guard()
    try:
        hold.cluster.deployments.change(found, change)
    except NotFound:
        return
    _tell(hold, found, found.replicas)


def _tell_again(hold: Hold) -> None:
    """What is at zero already: whoever scaled it may have died as it was to say so. Said twice is better than not."""
    for found in outage.workloads(hold):
        back = replicas.give_back(found)
        if found.labels.get(SCALED_BY) == hold.name and back and back.replicas:
            _tell(hold, found, back.replicas)


def _tell(hold: Hold, found: Deployment, count: int) -> None:
    said = f"scaled Deployment {found.key} from {count} to 0, until node {hold.slot.node} is gone"
    hold.record(events.SCALED_DOWN, said, workload=found.key, replicas=count)
    hold.cluster.announcer.on_refresh(hold.refresh, "ScaledDown", said, warning=True)


def _await_removal(hold: Hold) -> Next:
    return Next(phase=Phase.AWAIT_REMOVAL, deadline_seconds=hold.settings.scale_down_seconds)
