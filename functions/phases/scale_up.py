"""Scale up: give the replica counts back, and see that what was scaled pulls again, wherever it runs now.

The node is gone, so no probe can ask it: the pods themselves are the proof. Where nothing is left that could pull, as
somebody has deleted or scaled it meanwhile, there is none, and the run stops as after any renewal that nothing proves.
"""

from collections.abc import Iterator

from functions import pulls
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.model.refresh import Outcome
from functions.model.workload import Deployment
from functions.phases import outage, speaking, telling
from functions.phases.result import Done, HandOver, Result

PAUSE = 2.0


def step(hold: Hold) -> Result:
    """The node is done: removed, and its workloads run elsewhere."""
    node, listener = hold.slot.node, speaking.Listener(hold)
    if refused := outage.give_back(hold):
        reason = f"node {node} was removed, and the sweep goes on trying: {'; '.join(refused)}"
        return Done(outcome=Outcome.FAILED, note=reason, stop=reason)
    while True:
        found = tuple((each, _living(hold, each)) for each in outage.workloads(hold))
        pods = tuple(pod for _, living in found for pod in living)
        missing = _missing(found) or listener.silent(pods)
        if not missing:
            if not _has_pulled(hold, pods):
                return _unproven(hold, tuple(_why_none(hold, {each.key: each for each, _ in found})))
            return Done(
                outcome=Outcome.RENEWED, note=f"node {node}: removed, and what was scaled for it is READY again"
            )
        if hold.overdue:
            return _too_late(hold, pods, missing)
        if hold.spent:
            return HandOver()
        hold.ports.clock.pause(min(PAUSE, hold.seconds_left(hold.slot.deadline)))
        hold.breathe(waiting=", ".join(missing))


def _living(hold: Hold, found: Deployment) -> tuple[Pod, ...]:
    pods = hold.cluster.deployments.pods(found)
    return tuple(pod for pod in pods if pod.living)


def _missing(found: tuple[tuple[Deployment, tuple[Pod, ...]], ...]) -> tuple[str, ...]:
    """One sentence for each Deployment that has fewer pods READY than it wants; () where none has."""
    counted = ((each, sum(pod.ready for pod in pods)) for each, pods in found)
    return tuple(
        f"{ready} of the {each.replicas} pods of Deployment {each.key} are READY"
        for each, ready in counted
        if ready < each.replicas
    )


def _too_late(hold: Hold, pods: tuple[Pod, ...], missing: tuple[str, ...]) -> Result:
    """Pods that can't pull fail the run; so does a run that nothing proves. READY may be late for another reason."""
    node, said = hold.slot.node, ", ".join(missing)
    failing = ", ".join(pod.key for pod in pods if pulls.fails(pod, hold.refresh.spec.repository))
    if failing:
        reason = f"node {node} was removed, and pods that were scaled for it still can't pull: {failing}"
        return Done(outcome=Outcome.FAILED, note=reason, stop=reason)
    if not _has_pulled(hold, pods):
        return _unproven(hold, missing)
    return telling.late(hold, f"node {node}: removed; for another reason {said}")


def _has_pulled(hold: Hold, pods: tuple[Pod, ...]) -> bool:
    """Whether a kubelet has an image of the repository for one of them; a sidecar's proves nothing."""
    repository = hold.refresh.spec.repository
    return any(
        container.image_id and (repository is None or pulls.is_from(container.image, repository))
        for pod in pods
        for container in pod.containers
    )


def _unproven(hold: Hold, said: tuple[str, ...]) -> Done:
    reason = (
        f"node {hold.slot.node} was removed, and nothing shows yet that what was scaled for it can pull: "
        f"{', '.join(said)}"
    )
    return Done(outcome=Outcome.FAILED, note=reason, stop=reason)


def _why_none(hold: Hold, there: dict[str, Deployment]) -> Iterator[str]:
    """Why none of them is waited for, though none has pulled."""
    for key in hold.slot.workloads:
        if key not in there:
            yield f"Deployment {key} is gone"
        elif not there[key].replicas:
            yield f"Deployment {key} wants no pods"
        else:
            yield f"the pods of Deployment {key} have other images by now"
