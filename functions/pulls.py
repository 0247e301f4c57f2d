"""When a failing pod's kubelet will try again, and which pods may be deleted to try at once. Pure.

The kubelet backs off per pod and image from 10 s, doubling to 300 s (kubelet's MaxImageBackOff); a new pod is
tried at once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from functions.classify import classify
from functions.model.cluster import Container, Pod
from functions.model.names import ImageRef, Repository

FIRST_SECONDS = 10.0
MOST_SECONDS = 300.0

RECREATED_BY = ("ReplicaSet", "StatefulSet", "DaemonSet")
"""Controllers that bring a deleted pod back.

A Job may fail for good instead, and a bare pod is gone: those wait for the kubelet.
"""


def uses(pod: Pod, repository: Repository) -> bool:
    """Whether a container of the pod names an image of the repository."""
    return any(is_from(container.image, repository) for container in pod.containers)


def fails(pod: Pod, repository: Repository | None) -> bool:
    """Whether a container of the pod waits for an image of the repository (of any, where None).

    Read from the containers' states, since a failing pod may well be Running.
    """
    return any(_failing(pod, repository))


def fails_by_its_node(pod: Pod, repository: Repository | None) -> bool:
    """The same, unless what it waits for is an image that no node could pull."""
    return any(
        not classify(container.waiting_message, container.waiting_reason).cause.is_of_the_image
        for container in _failing(pod, repository)
    )


def _failing(pod: Pod, repository: Repository | None) -> Iterator[Container]:
    for container in pod.containers:
        if container.fails_to_pull and (repository is None or is_from(container.image, repository)):
            yield container


def is_from(image: str, repository: Repository) -> bool:
    """Whether the repository serves an image of this name."""
    found = ImageRef.find(image)
    return found is not None and found.repository == repository


def next_try(pod: Pod, now: datetime) -> datetime:
    """The kubelet's next try, from the time at which it began; at most 300 s away."""
    at = pod.started or pod.created
    delay = FIRST_SECONDS
    while at <= now:
        at += timedelta(seconds=delay)
        delay = min(delay * 2, MOST_SECONDS)
    return at


def to_delete(
    pods: tuple[Pod, ...],
    repository: Repository | None,
    *,
    after_seconds: float,
    now: datetime,
    local_storage: bool = False,
) -> tuple[Pod, ...]:
    """Failing pods worth deleting.

    Their kubelet's own next try is `after_seconds` or more away and a controller brings them back; one per
    controller at a time. `local_storage` is the consent to lose what they keep in an emptyDir: a kubelet that pulls
    by itself, later, loses nothing.
    """
    chosen: dict[str, Pod] = {}
    for pod in pods:
        if (
            pod.owner is None
            or pod.owner.kind not in RECREATED_BY
            or pod.deleting_since is not None
            or not fails(pod, repository)
            or (pod.keeps_data and not local_storage)
        ):
            continue
        if next_try(pod, now) - now >= timedelta(seconds=after_seconds):
            chosen.setdefault(pod.owner.uid, pod)
    return tuple(chosen.values())
