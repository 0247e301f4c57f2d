"""Which pods of a node a drain moves: what `kubectl drain --ignore-daemonsets --delete-emptydir-data` decides.

Pure. The rules are rows, in kubectl's own order (kubectl/pkg/drain/filters.go); the first that speaks decides. What
is different is so on purpose, and docs/drain.md says why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions import probe
from functions.model.cluster import Budget, Pod

STUCK_AFTER = timedelta(seconds=60)
"""How long past its deletion time (which includes the grace period) a terminating pod may hold up a drain.

Then its kubelet is taken for dead, and the reset, which ends the pod anyway, proceeds.
"""


CORDON_KNOWN_AFTER = timedelta(seconds=5)
"""How long after a cordon a scheduler may still not know of it: it decides by what its watch has told it."""


class Fate(StrEnum):
    EVICT = "evict"
    LEAVE = "leave"  # goes down with the machine and comes back with it
    AWAIT = "await"  # terminating already
    REFUSE = "refuse"  # needs consent that was not given


@dataclass(frozen=True, kw_only=True, slots=True)
class Consents:
    """`to_` is what a person has to do for one that is not given."""

    bare_pods: bool = False
    local_storage: bool = False
    to_bare_pods: str = "give deleteBarePods"
    to_local_storage: str = "give deleteLocalStorage"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the rules need beside the pod itself. `daemon_sets` are those that exist, as namespace/name."""

    consents: Consents
    daemon_sets: frozenset[str]
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPlan:
    pod: Pod
    fate: Fate
    reason: str


Rule = Callable[[Pod, Facts], tuple[Fate, str] | None]


def _probe(pod: Pod, _: Facts) -> tuple[Fate, str] | None:
    return (Fate.LEAVE, "a probe of ours") if probe.is_ours(pod) else None


def daemon_set_of(pod: Pod) -> str:
    """The DaemonSet that manages the pod, as namespace/name; "" where none does.

    By API group too: OpenKruise has a DaemonSet of its own, whose pods kubectl evicts like those of any controller.
    """
    owner = pod.owner
    if owner is None or (owner.kind, owner.api_version) != ("DaemonSet", "apps/v1"):
        return ""
    return f"{pod.namespace}/{owner.name}"


def _daemon_set(pod: Pod, facts: Facts) -> tuple[Fate, str] | None:
    name = daemon_set_of(pod)
    if pod.finished or name not in facts.daemon_sets:
        return None
    return (Fate.LEAVE, f"managed by DaemonSet {name}")


def _mirror(pod: Pod, _: Facts) -> tuple[Fate, str] | None:
    return (Fate.LEAVE, "a static pod of the kubelet") if pod.is_mirror else None


def _terminating(pod: Pod, facts: Facts) -> tuple[Fate, str] | None:
    if pod.deleting_since is None:
        return None
    if facts.now - pod.deleting_since > STUCK_AFTER:
        return (Fate.LEAVE, "stuck terminating: its kubelet does not answer")
    return (Fate.AWAIT, "terminating")


def _daemon_set_gone(pod: Pod, facts: Facts) -> tuple[Fate, str] | None:
    name = daemon_set_of(pod)
    if not name or pod.finished or facts.consents.bare_pods:
        return None
    return (
        Fate.REFUSE,
        (
            f"pod {pod.key}: its DaemonSet {name} is gone, so nothing would bring it back; "
            f"delete it, or {facts.consents.to_bare_pods}"
        ),
    )


def _local_storage(pod: Pod, facts: Facts) -> tuple[Fate, str] | None:
    if not pod.local_volumes or pod.finished or facts.consents.local_storage:
        return None
    volumes = ", ".join(pod.local_volumes)
    return (
        Fate.REFUSE,
        (
            f"pod {pod.key} keeps data in emptyDir ({volumes}), which a drain deletes; "
            f"move it, or {facts.consents.to_local_storage}"
        ),
    )


def _bare(pod: Pod, facts: Facts) -> tuple[Fate, str] | None:
    if pod.owner is not None or pod.finished or facts.consents.bare_pods:
        return None
    return (
        Fate.REFUSE,
        f"pod {pod.key} has no controller, so nothing would bring it back; move it, or {facts.consents.to_bare_pods}",
    )


RULES: tuple[Rule, ...] = (_probe, _daemon_set, _mirror, _terminating, _daemon_set_gone, _local_storage, _bare)


def plan_pod(pod: Pod, facts: Facts) -> PodPlan:
    """The first rule that speaks decides; none speaks: evict."""
    for rule in RULES:
        if answer := rule(pod, facts):
            return PodPlan(pod=pod, fate=answer[0], reason=answer[1])
    return PodPlan(pod=pod, fate=Fate.EVICT, reason="")


def plan(pods: tuple[Pod, ...], facts: Facts) -> tuple[PodPlan, ...]:
    """The fate of every pod, in order."""
    return tuple(plan_pod(pod, facts) for pod in pods)


def with_fate(plans: tuple[PodPlan, ...], fate: Fate) -> tuple[PodPlan, ...]:
    """Those of one fate."""
    return tuple(each for each in plans if each.fate is fate)


def defying_cordon(plans: tuple[PodPlan, ...], *, cordoned_at: datetime) -> tuple[Pod, ...]:
    """Pods to evict that were made for the node though it was cordoned already.

    They tolerate the cordon and are bound to the node, so whoever brings them back brings them back here.
    """
    pods = (each.pod for each in with_fate(plans, Fate.EVICT))
    return tuple(pod for pod in pods if not pod.finished and pod.created - cordoned_at > CORDON_KNOWN_AFTER)


def budget_refusal(pod: Pod, budgets: tuple[Budget, ...]) -> str:
    """Why waiting can't make the Eviction API evict this pod; "" where it evicts it now, or may once pods are healthy.

    As the API server's eviction handler decides: finished and pending pods pass; more than one budget is an
    error; an unready pod passes where the policy says so, or while the healthy ones suffice; else a disruption
    must be allowed. A budget that allows none though all its pods are healthy, that wants all of them, or that its
    controller can't work out, will not change by waiting.
    """
    mine = tuple(budget for budget in budgets if budget.selects(pod))
    if not mine or pod.finished or pod.phase == "Pending":
        return ""
    if len(mine) > 1:
        names = ", ".join(budget.name for budget in mine)
        return (
            f"pod {pod.key} is selected by more than one PodDisruptionBudget ({names}), "
            "which the Eviction API refuses; keep one"
        )
    budget = mine[0]
    if not pod.ready and (budget.always_evict_unhealthy or budget.current_healthy >= budget.desired_healthy > 0):
        return ""
    why = _why_never(budget)
    name = f"PodDisruptionBudget {budget.namespace}/{budget.name}"
    return f"{name} can never allow a disruption of pod {pod.key}: {why}" if why else ""


def _why_never(budget: Budget) -> str:
    """Why waiting does not change that the budget allows nothing, and what would; "" where it may."""
    if budget.uncounted:
        return f"its pods can't be counted ({budget.uncounted}); give minAvailable as a number"
    if budget.disruptions_allowed:
        return ""
    if not budget.expected_pods:  # not counted yet, unless it knows of healthy ones
        expects_none = "it counts by controllers, and its pods have none; give minAvailable as a number"
        return expects_none if budget.current_healthy else ""
    wants_all = budget.desired_healthy >= budget.expected_pods
    all_healthy = budget.current_healthy >= budget.expected_pods
    if not wants_all and not all_healthy:
        return ""
    return (
        f"it wants {budget.desired_healthy} of {budget.expected_pods} pods healthy, and {budget.current_healthy} are; "
        "add a replica or relax the budget"
    )
