"""Who else has pulled from the repository since a failure began? Pure.

A pull elsewhere under the same account proves that the grants are right, and a pull on the same node that its
credential is. Only a pull counts, not an image that was there.
"""

from datetime import datetime

from functions.model.cluster import Container, Pod
from functions.model.names import ImageRef, Repository


def failing_since(pod: Pod, container: Container) -> datetime:
    """Before this the container had no reason to ask the registry.

    Of these times only the pod's creation is the API server's own word: no status makes the failure older than that.
    """
    return max(container.terminated_at or pod.started or pod.created, pod.created)


def started_since(pod: Pod, repository: Repository, since: datetime) -> tuple[Container, ...]:
    """Containers from the repository that started later than that."""
    return tuple(
        container
        for container in pod.containers
        if container.image_id
        and container.running_since is not None
        and container.running_since > since
        and (image := ImageRef.find(container.image)) is not None
        and image.repository == repository
    )


def pulled(container: Container) -> bool:
    """Whether the container's image was pulled when it started.

    With the policy Always the kubelet asks the registry even for an image on its disk, and the container's state is
    the kubelet's own word. Its `Pulled` events are no proof: they outlive the pull, and anybody may write one.
    """
    return container.pull_policy == "Always"
