"""What is ours on a Node, and how to take it back: cordon, stale taint, marks. Pure.

The cordon's PATCH also says who did it, for which refresh, and what was there before, so that undoing it needs
no other memory and never touches what somebody else put there.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.model.cluster import LABEL_VALUE, Node, NodeChange, Taint
from functions.model.refresh import Outcome

PREFIX = "repull.dev/"
NAMESPACE = "repull"  # where our probes, lease and memory live
EXCLUDE = f"{PREFIX}exclude"  # label, set by operators: leave this node alone
PAUSE = f"{PREFIX}pause"  # annotation of a NodeRefresh, set by operators: take no further node, and why
REFRESH = f"{PREFIX}refresh"  # label: the refresh that has dealt with this node, or has made this probe
OUTCOME = f"{PREFIX}outcome"  # label: how
CORDONED_BY = f"{PREFIX}cordoned-by"  # label: the refresh whose cordon this is
BEFORE = f"{PREFIX}before"  # annotation: what the cordon found
PROBE = f"{PREFIX}probe"  # label: a pod that is a probe of ours
STALE = f"{PREFIX}stale"  # taint, and label with the refresh's name: this node can't pull

UNKNOWN = "unknown"  # who had the machine renewed

SCALE_DOWN_DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
"""Annotation on a Node that keeps the autoscaler from removing it (its FAQ): a drained node looks unneeded."""
EXCLUDE_FROM_LOAD_BALANCERS = "node.kubernetes.io/exclude-from-external-load-balancers"
"""Label on a Node that takes it out of external load balancers (Kubernetes' well-known labels)."""
_DRAINED_BY_GKE = ("operation.gke.io/type", "drain")
"""Label by which GKE says that it is about to drain a node, for an upgrade or a resize (ingress-gce, utils.go)."""

_UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What the cordon found. `refresh` is whose cordon it is; "" where that was written by an older version.

    `renewed` is the refresh that has had the machine renewed since, or may have, unproven so far; "" where none has.
    An older version did not say: there it is whose cordon it is. `keeps_autoscaler_off` is whether the cordon came with
    the annotation for that, and so takes it along; an older version's always did.
    """

    refresh: str
    unschedulable: bool
    renewed: str
    at: datetime
    keeps_autoscaler_off: bool
    scale_down_disabled: str | None
    exclude_from_load_balancers: str | None


def ours(node: Node, refresh: str) -> bool:
    """Whether the cordon is this refresh's."""
    return node.labels.get(CORDONED_BY) == refresh


def cordoner(node: Node) -> str | None:
    """The refresh whose cordon it is: by our label, or where somebody took that off by the annotation beside it.

    None where neither says so.
    """
    if CORDONED_BY in node.labels:
        return node.labels[CORDONED_BY]
    found = before(node)
    return found.refresh if found else None


def before(node: Node) -> Before | None:
    """Read back what the cordon found; None where the annotation is missing or was tampered with.

    A node's own kubelet may write there what it likes: no text must keep a run from its end. So it does not count
    either where it would give the node a label that no API server takes.
    """
    try:
        found: Any = json.loads(node.annotations.get(BEFORE, ""))
        unschedulable, kept = found["unschedulable"], (found["scaleDownDisabled"], found["excludeFromLoadBalancers"])
        at, refresh = datetime.fromisoformat(found["at"]), found.get("refresh", "")
        renewed, keeps_off = found.get("renewed", refresh or UNKNOWN), found.get("keepsAutoscalerOff", True)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = isinstance(renewed, str) and all(isinstance(each, str | None) for each in (refresh, *kept))
    if not texts or not isinstance(unschedulable, bool) or not isinstance(keeps_off, bool):
        return None
    if at.tzinfo is None or not all(LABEL_VALUE.fullmatch(each) for each in (refresh, renewed, kept[1]) if each):
        return None
    return Before(
        refresh=refresh or "",
        unschedulable=unschedulable,
        renewed=renewed,
        at=at,
        keeps_autoscaler_off=keeps_off,
        scale_down_disabled=kept[0],
        exclude_from_load_balancers=kept[1],
    )


def excluded(node: Node) -> bool:
    """Whether an operator wants the node left alone, whatever the label's value."""
    return EXCLUDE in node.labels


def drained_by_gke(node: Node) -> str:
    """The label by which GKE says that it is about to drain the node; "" where it does not."""
    label, value = _DRAINED_BY_GKE
    return label if node.labels.get(label) == value else ""


def cordoned_by_others(node: Node) -> bool:
    """Whether somebody else wants the node cordoned: not we, and not an earlier refresh that had to leave it so."""
    found = before(node) if CORDONED_BY in node.labels else None
    return found.unschedulable if found else node.unschedulable


def cordon(
    node: Node, refresh: str, *, cordoned_before: bool, now: datetime, removable: bool = False, renewed: bool = False
) -> NodeChange:
    """The one PATCH of a cordon. `cordoned_before` is the slot's memory: on a re-created node the object can't tell.

    `removable` is whether the autoscaler shall remove the node; else it must leave it alone. `renewed` is whether the
    machine was renewed by this refresh already, for a node that is made again by now. That an earlier one has had it
    renewed in vain stays written: nothing has proven it since.
    """
    earlier = before(node)  # left by an earlier refresh, and ours to undo
    scale_down, balancers = node.annotations.get(SCALE_DOWN_DISABLED), node.labels.get(EXCLUDE_FROM_LOAD_BALANCERS)
    kept = earlier.scale_down_disabled if earlier and earlier.keeps_autoscaler_off else scale_down
    found = Before(
        refresh=refresh,
        unschedulable=cordoned_before,
        renewed=_unproven(node, earlier) or (refresh if renewed else ""),
        at=now,
        keeps_autoscaler_off=not removable,
        scale_down_disabled=kept,
        exclude_from_load_balancers=earlier.exclude_from_load_balancers if earlier else balancers,
    )
    return NodeChange(
        unschedulable=True,
        labels={CORDONED_BY: refresh, EXCLUDE_FROM_LOAD_BALANCERS: "true"},
        annotations={
            BEFORE: _written(found),
            SCALE_DOWN_DISABLED: kept if removable else "true",
        },
    )


def _unproven(node: Node, earlier: Before | None) -> str:
    """Who had its machine renewed in vain; "" where nobody had, or a person has opened it since and knows it well."""
    if not node.unschedulable:
        return ""
    return earlier.renewed if earlier else node.labels.get(CORDONED_BY, "")


def renewing(node: Node, refresh: str) -> NodeChange | None:
    """Say on our cordon, before the machine is renewed, that from now on only a proof may undo it.

    None where it says so already, or can't be read, or is not ours.
    """
    found = before(node)
    if not ours(node, refresh) or found is None or found.renewed:
        return None
    return NodeChange(annotations={BEFORE: _written(replace(found, renewed=refresh))})


def untouched(node: Node) -> bool:
    """Whether our cordon says of itself that the machine was not renewed under it: then nothing is left to prove."""
    found = before(node)
    return found is not None and found.refresh == cordoner(node) and not found.renewed


def left_unproven_by(node: Node, refresh: str) -> str:
    """The earlier refresh that had the machine renewed in vain, and left it to this one cordoned; "" where none had.

    What an older version has written does not say of an earlier one.
    """
    found = before(node)
    earlier = found.renewed if found and found.refresh and cordoner(node) == refresh else ""
    return earlier if earlier != refresh else ""


def _written(found: Before) -> str:
    return json.dumps(
        {
            "refresh": found.refresh,
            "unschedulable": found.unschedulable,
            "renewed": found.renewed,
            "at": found.at.isoformat(),
            "keepsAutoscalerOff": found.keeps_autoscaler_off,
            "scaleDownDisabled": found.scale_down_disabled,
            "excludeFromLoadBalancers": found.exclude_from_load_balancers,
        }
    )


def uncordon(node: Node, refresh: str, *, cordoned_before: bool) -> NodeChange | None:
    """Undo our cordon; None where the cordon is not ours. A cordon that was there before stays.

    So does that of a node which GKE drains by now: GKE has found it cordoned, and pods would come to it amid the drain.
    The machine is made anew or goes after it; that GKE opens the node where it gives up is said nowhere.
    The autoscaler's taint keeps pods off by itself, and the autoscaler takes it off where it gives up.

    `cordoned_before` is the slot's memory, for a node whose annotation was lost. Where only our label was taken off,
    the annotation tells that the cordon is ours: whoever wants to keep it takes both off.
    """
    found = before(node)
    unlabelled = CORDONED_BY not in node.labels and found is not None and found.refresh in ("", refresh)
    if not ours(node, refresh) and not unlabelled:
        return None
    stays = drained_by_gke(node) or (found.unschedulable if found else cordoned_before)
    annotations: dict[str, str | None] = {BEFORE: None}
    if found is None or found.keeps_autoscaler_off:  # else what is there by now is a person's
        annotations[SCALE_DOWN_DISABLED] = found.scale_down_disabled if found else None
    return NodeChange(
        unschedulable=None if stays else False,
        labels={CORDONED_BY: None, EXCLUDE_FROM_LOAD_BALANCERS: found.exclude_from_load_balancers if found else None},
        annotations=annotations,
    )


def taint_stale(node: Node, refresh: str, *, any_passed: bool) -> NodeChange | None:
    """Keep pods away from a node that can't pull: strictly once there is a node that can.

    None where it is so already, and where a person has set such a taint: it keeps pods away as well, and is theirs.
    """
    wanted = Taint(key=STALE, effect="NoSchedule" if any_passed else "PreferNoSchedule")
    if STALE not in node.labels and any(taint.key == STALE for taint in node.taints):
        return None
    if wanted in node.taints and node.labels.get(STALE) == refresh:
        return None
    return NodeChange(labels={STALE: refresh}, taints=(*(taint for taint in node.taints if taint.key != STALE), wanted))


def untaint(node: Node, refresh: str) -> NodeChange | None:
    """Take this refresh's stale taint off; None where there is none. The label tells whose it is."""
    if node.labels.get(STALE) != refresh:
        return None
    return NodeChange(labels={STALE: None}, taints=tuple(taint for taint in node.taints if taint.key != STALE))


def mark(refresh: str, outcome: Outcome) -> NodeChange:
    """Say on the node how it ended, so that no request finds it as a candidate again."""
    return NodeChange(labels={REFRESH: refresh, OUTCOME: outcome.value})


def passed(node: Node, refresh: str) -> bool:
    """Whether this refresh has found, or made, the node able to pull."""
    return node.labels.get(REFRESH) == refresh and node.labels.get(OUTCOME) in (Outcome.FRESH, Outcome.RENEWED)


def unmark(node: Node, refresh: str) -> NodeChange | None:
    """Take this refresh's mark off; None where there is none."""
    if node.labels.get(REFRESH) != refresh:
        return None
    return NodeChange(labels={REFRESH: None, OUTCOME: None})


def startup_taints(node: Node) -> tuple[str, ...]:
    """Taints by which a node isn't up yet: `node.…` of Kubernetes and of network add-ons, a cordon's aside.

    Others may use such names for good: what a node has while it is Ready is not about its start.
    """
    return tuple(
        taint.key
        for taint in node.taints
        if taint.keeps_off and taint.key.startswith("node.") and taint.key != _UNSCHEDULABLE
    )
