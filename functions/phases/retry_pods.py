"""Retry the pods that failed on the node, and wait until what runs there from the repository is READY and at work.

The kubelet proved that it can pull, so pods that are not READY in time, or silent, fail for another reason: that is
said, and is no failed renewal. Pods are deleted only where a controller brings them back, bound to their uid.
"""

from functions import probe, pulls
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.model.refresh import Outcome
from functions.phases import pods, speaking
from functions.phases.result import Done, HandOver, Result

PAUSE = 1.0


def step(hold: Hold) -> Result:
    """The node is done: renewed."""
    node = hold.slot.node
    while True:
        affected = _affected(hold)
        waiting = tuple(pod for pod in affected if not pod.ready)
        missing = tuple(f"{pod.key} is not READY" for pod in waiting) or speaking.silent(hold, affected)
        if not missing:
            return Done(outcome=Outcome.RENEWED, note=f"node {node}: renewed and verified")
        if hold.slot.deadline and hold.now() >= hold.slot.deadline:
            failing = [pod.key for pod in waiting if pulls.fails(pod, hold.refresh.spec.repository)]
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
        hold.breathe()


def _affected(hold: Hold) -> tuple[Pod, ...]:
    """The pods on the node that live on the repository. A probe that a dead invocation has left is none of them."""
    repository = hold.refresh.spec.repository
    found = hold.cluster.pods.on_node(hold.slot.node)
    living = (pod for pod in found if pod.living and not probe.is_ours(pod))
    return tuple(pod for pod in living if repository is None or pulls.uses(pod, repository))
