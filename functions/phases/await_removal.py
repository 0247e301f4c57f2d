"""Await the removal: the pool's autoscaler takes an unneeded node away, with its machine, after ten minutes or so.

Everything that ends the wait ends the outage, too: the counts are given back after a removal, at the deadline, and
where the run was aborted, or somebody has excluded the node or scaled up meanwhile.
"""

from functions import eligibility, ownership
from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Node
from functions.model.refresh import Phase
from functions.phases import outage, renew
from functions.phases.result import HandOver, Next, Result, roll_back
from functions.replicas import SCALED_BY

PAUSE = 5.0
"""Seconds between two looks at what is not watched: the group, and whether the outage still has a use."""


def step(hold: Hold) -> Result:
    """On to the replica counts."""
    while True:
        node = _followed(hold)
        if node is None:
            left = _machine_left(hold)
            if not left:
                seconds = hold.settings.boot_seconds + hold.settings.ready_seconds  # there may be a new machine to boot
                return Next(phase=Phase.SCALE_UP, deadline_seconds=seconds)
            hold.ports.clock.pause(_pause(hold))
        else:
            left = ""
        hold.breathe(waiting=left or "its pool's autoscaler has not removed it yet")
        hold.reread()
        if reason := _ended(hold, node):
            return roll_back(reason)
        if hold.overdue:
            return roll_back(_too_late(hold, left))
        if hold.spent:
            return HandOver()


def _followed(hold: Hold) -> Node | None:
    """The node after a while of watching; None as soon as it is gone, or another object has its name."""
    node = None
    for node in hold.cluster.nodes.follow(hold.slot.node, seconds=_pause(hold)):
        if node is None or node.uid != hold.slot.node_uid:
            return None
        hold.breathe()
    return node


def _pause(hold: Hold) -> float:
    return min(PAUSE, hold.seconds_left(hold.slot.deadline))


def _machine_left(hold: Hold) -> str:
    """A Node object alone proves nothing: whoever may could have deleted it. "" where the machine is gone as well."""
    try:
        found = renew.member(hold)
    except (Refused, Retryable) as error:  # the outage ends at its deadline, whoever gives no answer
        return f"its instance group can't be read: {error}"
    if found is None or found.id != hold.slot.instance_id:
        return ""
    return f"its Node is gone, and its instance group lists its machine still ({found.action})"


def _ended(hold: Hold, node: Node | None) -> str:
    """Why the outage has no use any more; "" while it has."""
    if hold.status.stopping:
        return hold.status.stopping
    if node is not None and ownership.excluded(node):
        return eligibility.exclusion(node)
    found = outage.workloads(hold)
    if up := [each.key for each in found if each.replicas]:
        return f"somebody has scaled {', '.join(up)} meanwhile"
    without = [each.key for each in found if each.labels.get(SCALED_BY) != hold.name]
    return f"by now {', '.join(without)} is without its label {SCALED_BY}" if without else ""


def _too_late(hold: Hold, left: str) -> str:
    seconds = hold.settings.scale_down_seconds
    said = f"the autoscaler did not remove node {hold.slot.node} within {seconds:.0f} s"
    if left:
        return f"{said}: {left}"
    pods = outage.staying(hold, hold.cluster.pods.on_node(hold.slot.node))
    return f"{said}: it still runs {', '.join(pod.key for pod in pods)}" if pods else said
