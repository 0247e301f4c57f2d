"""The pods that a refresh is about, and retries of those that fail on a node which can pull by now.

The kubelet's own back-off may take minutes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from functions import events, probe, pulls
from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.phases.scope import consents
from functions.replacements import CLOCKS_APART
from functions.settings import LONGEST_CALL_SECONDS

AGAIN_AFTER = 60.0
"""Seconds until a deletion that was denied is asked for again: a webhook may be back, or a policy changed."""


def affected(hold: Hold, found: Iterable[Pod]) -> tuple[Pod, ...]:
    """Those that live on the refresh's repository. A probe that a dead invocation left is none."""
    repository = hold.refresh.spec.repository
    living = (pod for pod in found if pod.living and not probe.is_ours(pod))
    return tuple(pod for pod in living if repository is None or pulls.uses(pod, repository))


def came_since_the_cordon(hold: Hold, pod: Pod) -> bool:
    """Whether it may be there in place of one that the drain has moved."""
    since = _cordoned_at(hold)
    return since is not None and pod.created > since - CLOCKS_APART


def _cordoned_at(hold: Hold) -> datetime | None:
    """Where an older version has cordoned it, the earliest time at which that can have been."""
    slot, settings = hold.slot, hold.settings
    if slot.cordoned_at or slot.renewed_at is None:
        return slot.cordoned_at
    return slot.renewed_at - timedelta(seconds=settings.drain_seconds + settings.lb_drain_seconds)


class Retries:
    """Of one invocation, which remembers the pods that it may not delete."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._not_before: dict[str, datetime] = {}  # pod uid -> when to ask again

    def retry(self, node: str, found: tuple[Pod, ...]) -> None:
        """Delete those whose kubelet would wait long and whose controller brings them back.

        The others are the kubelet's. So is one that can't be deleted, which is said: admission may deny it for ever (a
        policy, or a webhook that is down), and the node itself needs nothing. So are those for which no time is left:
        what this invocation has found out is to be written.
        """
        hold = self._hold
        worth_it = pulls.to_delete(
            found,
            hold.refresh.spec.repository,
            after_seconds=hold.settings.retry_pods_after_seconds,
            now=hold.now(),
            local_storage=consents(hold).local_storage,
        )
        for pod in worth_it:
            if self._not_before.get(pod.uid, hold.now()) > hold.now():
                continue
            hold.breathe()  # there may be one for each of many controllers, and each answered slowly
            if not hold.has_time_for(LONGEST_CALL_SECONDS):
                return
            self._delete(pod, node)

    def _delete(self, pod: Pod, node: str) -> None:
        hold = self._hold
        # Said first: afterwards it is another pod, and nobody could tell who has deleted the one before.
        hold.record(events.POD_RETRIED, f"deletes {pod.key} so that it pulls again at once", pod=pod.key, node=node)
        hold.guard()
        try:
            hold.cluster.pods.delete(pod)
        except (Refused, Retryable) as error:
            self._not_before[pod.uid] = hold.deadline(AGAIN_AFTER)
            hold.record(
                events.POD_RETRIED,
                f"can't delete {pod.key}, which its kubelet tries again in some minutes: {error}",
                warning=True,
                pod=pod.key,
                node=node,
            )
