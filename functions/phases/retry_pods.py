"""Retry the pods that failed on the node, and wait until what runs there from the repository is READY and at work.

Those that are about to come, as the drain has left them no other place, are waited for as well; and of what it has
moved elsewhere, that a new pod writes the line that its workload promises.

The kubelet proved that it can pull, so pods that are not READY in time, or silent, fail for another reason: that is
said, and is no failed renewal. Pods are deleted only where a controller brings them back, bound to their uid.
"""

from functions import pulls
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.model.refresh import Outcome
from functions.phases import pods, telling, unplaced
from functions.phases.pods import Retries
from functions.phases.promises import Promises
from functions.phases.result import Done, HandOver, Result
from functions.phases.speaking import Listener

PAUSE = 1.0


def step(hold: Hold) -> Result:
    """The node is done: renewed."""
    node, retries, listener = hold.slot.node, Retries(hold), Listener(hold)
    promises = Promises(hold, listener)
    while True:
        present = hold.cluster.pods.on_node(node)
        missing = _missing(hold, present, listener)
        coming: tuple[Pod, ...] = ()
        if searched := not missing:
            coming = unplaced.coming(hold, present)
            # Once more, and afterwards: whoever was put there between the two lists is in neither.
            missing = _missing(hold, hold.cluster.pods.on_node(node), listener)
        if hold.overdue or not unplaced.had_their_time(hold):
            missing += tuple(f"{pod.key} has no place yet" for pod in coming)
        missing += promises.unkept()
        if not missing:
            return _done(hold, coming)
        if hold.overdue:
            return _too_late(hold, missing)
        if hold.spent:
            return HandOver()
        if searched:  # the whole cluster, for pods without a place; and a node's pods change all the time
            hold.ports.clock.pause(min(PAUSE, hold.seconds_left(hold.slot.deadline)))
        retries.retry(node, present)
        hold.cluster.pods.await_change(node, seconds=min(PAUSE, hold.seconds_left(hold.slot.deadline)))
        hold.breathe(waiting=", ".join(missing))


def _done(hold: Hold, homeless: tuple[Pod, ...]) -> Done:
    node, names = hold.slot.node, ", ".join(pod.key for pod in homeless)
    if names:
        return telling.late(hold, f"node {node}: renewed and verified; without a place: {names}")
    return Done(outcome=Outcome.RENEWED, note=f"node {node}: renewed and verified")


def _missing(hold: Hold, present: tuple[Pod, ...], listener: Listener) -> tuple[str, ...]:
    """One sentence for each pod there that is not READY; where all are, for each that is not at work yet."""
    affected = pods.affected(hold, present)
    waiting = tuple(f"{pod.key} is not READY" for pod in affected if not pod.ready)
    return waiting or listener.silent(affected)


def _too_late(hold: Hold, missing: tuple[str, ...]) -> Done:
    """Pods that by now can't pull by their node fail the run; the others may be late for another reason."""
    node, repository = hold.slot.node, hold.refresh.spec.repository
    waiting = (pod for pod in pods.affected(hold, hold.cluster.pods.on_node(node)) if not pod.ready)
    failing = ", ".join(pod.key for pod in waiting if pulls.fails_by_its_node(pod, repository))
    if failing:
        reason = f"pods on {node} still can't pull though its probe passed: {failing}"
        return Done(outcome=Outcome.FAILED, note=reason, stop=reason)
    return telling.late(hold, f"node {node}: renewed and verified; for another reason {', '.join(missing)}")
