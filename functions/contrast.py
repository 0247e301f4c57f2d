"""Who else has pulled from the repository since a failure began? Pure.

A pull elsewhere under the same account proves that the grants are right, and a pull on the same node that its
credential is. Only a pull counts, not an image that was there: the policy is Always (the registry is asked even for an
image on the disk), or the kubelet has said that it pulled.
"""

from datetime import datetime

from functions.classify import image_of
from functions.model.cluster import Container, Pod
from functions.model.names import ImageRef, Repository

PULLED = "Successfully pulled image"
"""How the kubelet begins a `Pulled` event that is not about an image it had (its pkg/kubelet/images)."""


def failing_since(pod: Pod, container: Container) -> datetime:
    """Before this the container had no reason to ask the registry."""
    return container.terminated_at or pod.started or pod.created


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


def pulled(container: Container, messages: tuple[str, ...]) -> bool:
    """Whether the container's image was pulled when it started; `messages` are the pod's `Pulled` events."""
    return container.pull_policy == "Always" or any(
        message.startswith(PULLED) and image_of(message) == container.image for message in messages
    )
