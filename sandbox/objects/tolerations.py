"""Taints and tolerations."""

from collections.abc import Iterable, Iterator

from sandbox.objects.kinds import Object

KEEPS_NEW_PODS_OFF = frozenset({"NoSchedule", "NoExecute"})

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


def tolerates(toleration: Object, taint: Object) -> bool:
    """Does this toleration match this taint? No key, with Exists, matches all taints; no effect matches all effects."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")


def untolerated(taints: Iterable[Object], tolerations: Iterable[Object], effects: Iterable[str]) -> Iterator[Object]:
    """The taints with one of `effects` that none of the tolerations matches."""
    tolerations = tuple(tolerations)
    for taint in taints:
        if taint["effect"] in effects and not any(tolerates(toleration, taint) for toleration in tolerations):
            yield taint


def taints_of(node: Object) -> list[Object]:
    return node["spec"].get("taints") or []


def tolerations_of(pod: Object) -> list[Object]:
    return pod["spec"].get("tolerations") or []


def stays_seconds(pod: Object, taint: Object) -> float | None:
    """How long a running pod may stay on a node with this NoExecute taint; None is for ever, 0 is not at all."""
    matching = [toleration for toleration in tolerations_of(pod) if tolerates(toleration, taint)]
    if not matching:
        return 0.0
    limits = [
        toleration["tolerationSeconds"] for toleration in matching if toleration.get("tolerationSeconds") is not None
    ]
    return float(max(min(limits), 0)) if limits else None
