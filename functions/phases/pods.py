"""The pods that a refresh is about, and retries of those that fail on a node which can pull by now.

The kubelet's own back-off may take minutes.
"""

from collections.abc import Iterable, Iterator

from functions import events, probe, pulls
from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.settings import LONGEST_CALL_SECONDS


def affected(hold: Hold, found: Iterable[Pod]) -> tuple[Pod, ...]:
    """Those that live on the refresh's repository. A probe that a dead invocation left is none."""
    repository = hold.refresh.spec.repository
    living = (pod for pod in found if pod.living and not probe.is_ours(pod))
    return tuple(pod for pod in living if repository is None or pulls.uses(pod, repository))


def retry_failing(hold: Hold, node: str) -> None:
    """Delete those whose kubelet would wait long and whose controller brings them back.

    Leave the others to the kubelet. Raises Refused, Retryable where one can't be deleted.
    """
    for pod in _worth_deleting(hold, node):
        _delete(hold, pod, node)


def retry_what_may_be(hold: Hold, node: str) -> None:
    """The same where it decides nothing: one that can't be deleted is said, and left to the kubelet as well.

    Admission may deny it for ever (a policy, or a webhook that is down), and the node itself needs nothing. So are
    those for which no time is left: what this invocation has found out is to be written.
    """
    for pod in _worth_deleting(hold, node):
        if not hold.has_time_for(LONGEST_CALL_SECONDS):
            return
        try:
            _delete(hold, pod, node)
        except (Refused, Retryable) as error:
            hold.record(
                events.POD_RETRIED,
                f"can't delete {pod.key}, which its kubelet tries again in some minutes: {error}",
                warning=True,
                pod=pod.key,
                node=node,
            )


def _worth_deleting(hold: Hold, node: str) -> Iterator[Pod]:
    found = hold.cluster.pods.on_node(node)
    seconds = hold.settings.retry_pods_after_seconds
    for pod in pulls.to_delete(found, hold.refresh.spec.repository, after_seconds=seconds, now=hold.now()):
        hold.breathe()  # there may be one for each of many controllers, and each may be answered slowly
        yield pod


def _delete(hold: Hold, pod: Pod, node: str) -> None:
    # Said first: afterwards it is another pod, and nobody could tell who has deleted the one before.
    hold.record(events.POD_RETRIED, f"deletes {pod.key} so that it pulls again at once", pod=pod.key, node=node)
    hold.guard()
    hold.cluster.pods.delete(pod)
