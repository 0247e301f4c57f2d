"""Volumes that a drain leaves attached, since it leaves the pods that use them: their node would be emptied in vain."""

from functions import evictions
from functions.errors import Refused
from functions.evictions import Fate, PodPlan
from functions.hold import Hold
from functions.model.cluster import Node
from functions.ownership import EXCLUDE


def kept(hold: Hold, node: Node, plans: tuple[PodPlan, ...]) -> tuple[str, ...]:
    """A sentence for each; () where there is none, or it can't be told.

    Nothing is asked where no pod that stays has a claim. That a drain leaves its pod is the pod's `reason`. Raises
    Retryable.
    """
    staying = tuple(each for each in evictions.with_fate(plans, Fate.LEAVE) if each.pod.claims)
    if not staying:
        return ()
    try:
        attached = frozenset(each.volume for each in hold.cluster.workloads.attached_volumes(node.name)) - {""}
        used = {_claim(plan, claim): _volume(hold, plan, claim) for plan in staying for claim in plan.pod.claims}
    except Refused:
        return ()  # without the right nobody can tell; the re-check waits for the volume, and gives the node back
    return tuple(
        f"node {node.name}: volume {volume} stays attached for {what}; take the pod off the node first (a DaemonSet's "
        f"by its node affinity), or exclude the node by the label {EXCLUDE}"
        for what, volume in used.items()
        if volume in attached
    )


def _claim(plan: PodPlan, claim: str) -> str:
    return f"pod {plan.pod.key} and its claim {claim}, which a drain leaves there ({plan.reason})"


def _volume(hold: Hold, plan: PodPlan, claim: str) -> str:
    return hold.cluster.workloads.volume_of(plan.pod.namespace, claim)
