"""Retry the pods that failed on the node, and wait until what runs there from the repository is READY.

The kubelet proved that it can pull, so pods that are not READY in time fail for another reason: that is said,
and is no failed renewal. Pods are deleted only where a controller brings them back, bound to their uid.
"""

from functions import pulls
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.model.refresh import Outcome
from functions.phases import pods
from functions.phases.result import Done, HandOver, Result

PAUSE = 1.0


def step(hold: Hold) -> Result:
    """The node is done: renewed."""
    node = hold.slot.node
    while True:
        waiting = _not_ready(hold)
        if not waiting:
            return Done(outcome=Outcome.RENEWED, note=f"node {node}: renewed and verified")
        if hold.slot.deadline and hold.now() >= hold.slot.deadline:
            failing = [pod.key for pod in waiting if pulls.fails(pod, hold.refresh.spec.repository)]
            if failing:
                reason = f"pods on {node} still can't pull though its probe passed: {', '.join(failing)}"
                return Done(outcome=Outcome.FAILED, note=reason, stop=reason)
            names = ", ".join(pod.key for pod in waiting)
            return Done(
                outcome=Outcome.RENEWED,
                note=f"node {node}: renewed and verified; not READY for another reason: {names}",
            )
        if hold.spent:
            return HandOver()
        pods.retry_failing(hold, node)
        hold.cluster.pods.await_change(node, seconds=min(PAUSE, hold.seconds_left(hold.slot.deadline)))
        hold.breathe()


def _not_ready(hold: Hold) -> tuple[Pod, ...]:
    repository = hold.refresh.spec.repository
    found = hold.cluster.pods.on_node(hold.slot.node)
    return tuple(
        pod
        for pod in found
        if not pod.ready
        and not pod.finished
        and pod.deleting_since is None
        and (repository is None or pulls.uses(pod, repository))
    )
