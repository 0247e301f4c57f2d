"""Retries pods that fail to pull on a node which can pull by now, as the kubelet's own back-off may take minutes."""

from functions import events, pulls
from functions.hold import Hold


def retry_failing(hold: Hold, node: str) -> None:
    """Delete those whose kubelet would wait long and whose controller brings them back.

    Leave the others to the kubelet.
    """
    found = hold.cluster.pods.on_node(node)
    seconds = hold.settings.retry_pods_after_seconds
    for pod in pulls.to_delete(found, hold.refresh.spec.repository, after_seconds=seconds, now=hold.now()):
        # Said first: afterwards it is another pod, and nobody could tell who has deleted the one before.
        hold.record(events.POD_RETRIED, f"deletes {pod.key} so that it pulls again at once", pod=pod.key, node=node)
        hold.guard()
        hold.cluster.pods.delete(pod)
