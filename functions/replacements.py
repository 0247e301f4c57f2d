"""Whether a drain may go on: do the pods that replace the evicted ones come up? Pure."""

from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum

from functions import pulls
from functions.model.cluster import Pod
from functions.model.names import Repository

PROMPT = ("ReplicaSet", "ReplicationController")
"""Controllers that make a pod as soon as another is asked to leave. Others wait until it has left, or make none."""

APPEARS_WITHIN = timedelta(seconds=1)
"""How long after an eviction the pod that a prompt controller makes may have no place yet; then there is none."""

CLOCKS_APART = timedelta(seconds=5)
"""By so much a pod may seem older than our cordon though it is not: its time is the API server's, in whole seconds."""


class Progress(StrEnum):
    GO_ON = "go-on"
    WAIT = "wait"
    ROLL_BACK = "roll-back"


def of(evicted: tuple[Pod, ...], present: tuple[Pod, ...], *, known: frozenset[str], node: str) -> tuple[Pod, ...]:
    """The pods on other nodes that came, for the evicted pods' controllers, after the first eviction.

    `known` are the uids of before. One without a place yet is none: there may be no elsewhere.
    """
    owners = {pod.owner.uid for pod in evicted if pod.owner}
    return tuple(
        pod
        for pod in present
        if pod.owner
        and pod.owner.uid in owners
        and pod.uid not in known
        and pod.node not in ("", node)
        and not pod.deleting_since
        and not pod.finished
    )


def left_behind(present: tuple[Pod, ...], *, cordoned_at: datetime | None, node: str) -> tuple[Pod, ...]:
    """Of the pods that an invocation meets, those that are to replace what an earlier one has evicted, and don't yet.

    Nobody remembers what that was. What has come since the cordon, and is not ready, may be somebody's scale-up as
    well: it is waited for all the same, and the drain has its deadline.
    """
    if cordoned_at is None:
        return ()
    since = cordoned_at - CLOCKS_APART
    return tuple(pod for pod in present if pod.created > since and pod.living and not pod.ready and pod.node != node)


def complete(evicted: tuple[Pod, ...], replacements: tuple[Pod, ...]) -> frozenset[str]:
    """The controllers, by uid, that have a ready pod again for each that was evicted: nothing is awaited of them."""
    gone = Counter(pod.owner.uid for pod in evicted if pod.owner)
    back = Counter(pod.owner.uid for pod in replacements if pod.owner and pod.ready)
    return frozenset(uid for uid, number in gone.items() if back[uid] >= number)


def to_come(evicted: tuple[Pod, ...], replacements: tuple[Pod, ...]) -> str:
    """Which of the evicted pods that were ready has no replacement yet, though one is made promptly; "" where none."""
    back = Counter(pod.owner.uid for pod in replacements if pod.owner)
    for pod in evicted:
        if pod.owner and pod.owner.kind in PROMPT:
            back[pod.owner.uid] -= 1
            if pod.ready and back[pod.owner.uid] < 0:
                return f"{pod.key} is not replaced yet"
    return ""


def judge(
    drained: tuple[Pod, ...], replacements: tuple[Pod, ...], *, passed: frozenset[str], repository: Repository | None
) -> tuple[Progress, str]:
    """A replacement that can't pull on a node that passed: the idea behind this refresh is wrong, so roll back.

    One that can't pull on another node says nothing new. One that isn't ready yet is waited for, if a pod of
    its controller was ready when it was evicted, or is on the node still; both are `drained`.
    """
    served = {pod.owner.uid for pod in drained if pod.owner and pod.ready}
    waiting = ""
    for pod in replacements:
        if pulls.fails(pod, repository):
            if pod.node in passed:
                return (
                    Progress.ROLL_BACK,
                    f"the replacement {pod.key} can't pull on {pod.node}, though that node passed its probe",
                )
        elif pod.owner and pod.owner.uid in served and not pod.ready:
            waiting = f"{pod.key} on {pod.node} is not ready yet"
    return (Progress.WAIT, waiting) if waiting else (Progress.GO_ON, "")
