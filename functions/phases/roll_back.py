"""Roll back: the node was touched but not renewed.

Give back what is ours, count the node so, take no further one. But where it gives way to somebody else's work.

The uncordon comes before everything else, so that no delay leaves the node out of service; but for the replica counts
of an outage, which is worse.
"""

from functions import ownership
from functions.hold import Hold
from functions.model.refresh import Outcome
from functions.phases import outage
from functions.phases.result import Done, GivenWay, Result
from functions.phases.uncordon import release_node
from functions.phases.unproven import unproven

MOST_IN_A_ROW = 3
"""Times that one slot gives way with no node done in between; the last of them fails, so that a run has an end.

Each is a drain in vain. One upgrade is waited for and costs one, and the pods that such a drain moves may be what makes
node auto-provisioning change the cluster, which costs the next; what comes a third time would come at each drain.
"""


def step(hold: Hold) -> Result:
    """The node is done, and in service again. One that was renewed before, in vain, is not given back, by whomever.

    Where somebody else is at work on it, it is not done: whether it is renewed is decided again. But not for ever.
    """
    if hold.slot.escalated:
        return unproven(hold, f"its reset did not help, and it was not recreated: {hold.slot.reason}")
    refused = outage.give_back(hold) if hold.slot.workloads else ()
    if earlier := _left_unproven_by(hold):
        reason = "; ".join((hold.slot.reason, *refused))
        return unproven(hold, f"{earlier} had its machine renewed in vain, and nothing was done since: {reason}")
    node = release_node(hold, passed=False)
    left = node is not None and node.unschedulable and ownership.drained_by_gke(node)
    kept = ("its cordon is left to GKE, which drains it",) if left else ()
    reason = "; ".join((hold.slot.reason, *refused, *kept))
    if hold.slot.gives_way:
        if hold.slot.gave_way + 1 < MOST_IN_A_ROW:
            return GivenWay(note=f"node {hold.slot.node}: not renewed for now and given back: {reason}")
        reason = f"others were at work {MOST_IN_A_ROW} times in a row: see who, then start again; at last: {reason}"
    said = f"node {hold.slot.node}: not renewed and given back: {reason}"
    return Done(outcome=Outcome.GIVEN_BACK, note=said, stop=said)


def _left_unproven_by(hold: Hold) -> str:
    node = hold.cluster.nodes.get(hold.slot.node)
    return ownership.left_unproven_by(node, hold.name) if node else ""
