"""Whether a refresh has anything to do with a node at all, and whether its kubelet can be asked. Pure."""

from functions import ownership
from functions.model.cluster import Node
from functions.model.refresh import Refresh


def passed_over(node: Node, refresh: Refresh) -> str:
    """Why there is nothing to do on this node at all; "" where there may be."""
    if ownership.excluded(node):
        return f"node {node.name}: excluded by label {ownership.EXCLUDE}"
    if node.created > refresh.created:
        return f"node {node.name}: created after the refresh began"
    return ""


def newcomer(node: Node, refresh: Refresh) -> bool:
    """Whether the node was made after those in scope were counted: by an autoscaler, an upgrade or a repair.

    One that is named is counted, whoever makes it again.
    """
    began = refresh.status.started_at
    return began is not None and node.created > began and node.name not in refresh.spec.nodes


def exclusion(node: Node) -> str:
    """What is said of a node that was excluded while somebody was at work on it."""
    return f"somebody has excluded {node.name}, by the label {ownership.EXCLUDE}"


def unsupported(node: Node) -> str:
    """Why its kubelet can't be asked at all; "" where it can. Asked before a probe is made, too."""
    if node.os == "linux":
        return ""
    return (
        f"node {node.name} runs {node.os}, and only Linux nodes can be probed; renew it by hand, and exclude it by the "
        f"label {ownership.EXCLUDE}"
    )


def unaskable(node: Node) -> str:
    """Why no probe of the node is made now; "" where one may be."""
    if why := unsupported(node):
        return why
    return "" if node.ready else f"node {node.name} is not Ready: its kubelet can't be asked; see why, then start again"
