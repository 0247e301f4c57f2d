"""The questions controllers and kubelets ask about a pod."""

from sandbox.objects.conditions import is_true
from sandbox.objects.kinds import Object, is_terminating


def phase_of(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_finished(pod: Object) -> bool:
    """Its containers ended for good."""
    return phase_of(pod) in {"Succeeded", "Failed"}


def is_active(pod: Object) -> bool:
    """It counts towards its controller's replicas."""
    return not is_finished(pod) and not is_terminating(pod)


def is_ready(pod: Object) -> bool:
    return is_true(pod, "Ready")


def node_of(pod: Object) -> str:
    """The node it is bound to; empty while it is bound to none."""
    return str(pod["spec"].get("nodeName") or "")


def is_bound(pod: Object) -> bool:
    return bool(node_of(pod))
