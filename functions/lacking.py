"""Which containers of a pod lack their image, and which of them is judged. Pure."""

from functions.classify import classify
from functions.model.cluster import Container, Pod
from functions.model.names import ImageRef


def lacking(pod: Pod, name: str, image: ImageRef | None) -> tuple[Container, ...]:
    """Containers that can't pull; first the one to judge. None where none of them wants the event's image.

    A cause that a credential may cure comes before the others, and of those the container that the event names.
    """
    failing = [container for container in pod.containers if container.lacks_image]
    if image and not any(ImageRef.find(container.image) == image for container in failing):
        return ()
    return tuple(
        sorted(
            failing,
            key=lambda each: (
                bool(image) and ImageRef.find(each.image) != image,
                not classify(each.waiting_message).credential,
                each.name != name,
            ),
        )
    )


def to_come(pod: Pod, image: ImageRef | None) -> bool:
    """Whether a container that wants the image is still to be started: an event may be there before the status is.

    A kubelet writes a failed pull into the status with the pod's next sync (pkg/kubelet/kubelet.go: SyncPod).
    """
    return not pod.finished and any(
        not _told(container) and image in (None, ImageRef.find(container.image)) for container in pod.containers
    )


def _told(container: Container) -> bool:
    """Whether its kubelet has said what became of it."""
    if container.waiting_reason:
        return container.waiting_reason not in ("ContainerCreating", "PodInitializing")
    return bool(container.image_id or container.running_since or container.terminated_reason)
