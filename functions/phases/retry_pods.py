"""Retry the pods that failed on the node, and wait until what runs there from the repository is READY and at work.

Those that are about to come, as the drain has left them no other place, are waited for as well.

The kubelet proved that it can pull, so pods that are not READY in time, or silent, fail for another reason: that is
said, and is no failed renewal. Pods are deleted only where a controller brings them back, bound to their uid.
"""

from functions import pulls
from functions.hold import Hold
from functions.model.refresh import Outcome
from functions.phases import pods, speaking, unplaced
from functions.phases.result import Done, HandOver, Result

PAUSE = 1.0


def step(hold: Hold) -> Result:
    """The node is done: renewed."""
    node = hold.slot.node
    while True:
        present = hold.cluster.pods.on_node(node)
        affected = pods.affected(hold, present)
        waiting = tuple(pod for pod in affected if not pod.ready)
        missing = tuple(f"{pod.key} is not READY" for pod in waiting) or speaking.silent(hold, affected)
        if not missing:
            coming = unplaced.coming(hold, present)
            if not coming:
                return Done(outcome=Outcome.RENEWED, note=f"node {node}: renewed and verified")
            if unplaced.overdue(hold):
                names = ", ".join(pod.key for pod in coming)
                return Done(
                    outcome=Outcome.RENEWED, note=f"node {node}: renewed and verified; without a place: {names}"
                )
            missing = tuple(f"{pod.key} has no place yet" for pod in coming)
            # The whole cluster is asked for them, and a node's pods change all the time.
            hold.ports.clock.pause(min(PAUSE, hold.seconds_left(hold.slot.deadline)))
        elif hold.slot.deadline and hold.now() >= hold.slot.deadline:
            failing = [pod.key for pod in waiting if pulls.fails_by_its_node(pod, hold.refresh.spec.repository)]
            if failing:
                reason = f"pods on {node} still can't pull though its probe passed: {', '.join(failing)}"
                return Done(outcome=Outcome.FAILED, note=reason, stop=reason)
            return Done(
                outcome=Outcome.RENEWED,
                note=f"node {node}: renewed and verified; for another reason {', '.join(missing)}",
            )
        if hold.spent:
            return HandOver()
        pods.retry_failing(hold, node)
        hold.cluster.pods.await_change(node, seconds=min(PAUSE, hold.seconds_left(hold.slot.deadline)))
        hold.breathe(waiting=", ".join(missing))
