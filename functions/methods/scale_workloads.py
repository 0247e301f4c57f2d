"""ScaleWorkloads, the runbook's other way: scale to zero what can't pull, and the autoscaler removes the machine.

It is an outage of those workloads, for as long as the autoscaler takes (ten minutes at least, by its FAQ). Their
replica counts are noted before, and given back on every path.
"""

from functions import rbac
from functions.methods.circumstances import Circumstances, capacity, group_is_at_work, known, local_ssds
from functions.methods.claims import claims
from functions.methods.way import Way
from functions.model.cluster import Pod
from functions.model.refresh import Phase
from functions.ownership import SCALE_DOWN_DISABLED
from functions.upkeep import SAFE_TO_EVICT


def accepted(found: Circumstances) -> str:
    """Nobody gets an outage who has not asked for one."""
    if found.outage is None or found.outage.accepted:
        return ""
    return "ScaleWorkloads is an outage; it wants acceptOutage, and REPULL_ACCEPT_OUTAGE that does not forbid it"


def granted(found: Circumstances) -> str:
    """The right is one that an installation need not give, and taking a node out of service without it helps nobody."""
    forbidden = found.outage.forbidden if found.outage else ()
    named = ", ".join(f"Deployment {each.key}" for each in forbidden)
    if not named:
        return ""
    return (
        f"node {found.node}: the refresh's account may not scale {named}; missing in RBAC: "
        f"{rbac.rule('apps', 'deployments', 'patch')}; ScaleWorkloads alone needs it, and gets it by kubectl apply -f "
        "infra/cluster/optional/scale-workloads.yaml"
    )


def autoscaled(found: Circumstances) -> str:
    """Nobody else removes an empty node."""
    outage = found.outage
    if outage is None or (outage.pool and outage.pool.autoscaling):
        return ""
    return f"node {found.node}: no autoscaler would remove it from pool {outage.node.pool!r}; let the method be Reset"


def above_the_least(found: Circumstances) -> str:
    """However empty they are, so many nodes stay."""
    outage = found.outage
    limits = outage.pool.autoscaling if outage and outage.pool else None
    if outage is None or limits is None:
        return ""
    if outage.in_zone > limits.least_per_zone and outage.in_pool > limits.least:
        return ""
    least = f"{limits.least_per_zone} nodes in each zone" if limits.least_per_zone else f"{limits.least} nodes"
    return (
        f"node {found.node}: the autoscaler of its pool leaves {least}, and there are no more; let the method be Reset"
    )


def removable(found: Circumstances) -> str:
    """Somebody wants this very node kept."""
    if found.outage is None or found.outage.node.annotations.get(SCALE_DOWN_DISABLED) != "true":
        return ""
    return f"node {found.node}: its annotation {SCALE_DOWN_DISABLED} keeps it from being removed; take it off first"


def something_to_scale(found: Circumstances) -> str:
    """An outage that frees no node helps nobody."""
    if found.outage is None or found.outage.failing or found.outage.others or found.outage.begun:
        return ""
    return f"node {found.node}: no pod of a Deployment fails to pull there to be scaled; let the method be Reset"


def deployments_alone(found: Circumstances) -> str:
    """Pods of other controllers would stay, and fail on."""
    others = found.outage.others if found.outage else ()
    if not others:
        return ""
    named = ", ".join(f"{pod.key} ({pod.owner.kind if pod.owner else 'no controller'})" for pod in others)
    return f"node {found.node}: only Deployments are scaled, and {named} can't pull either; let the method be Reset"


def nobody_elses(found: Circumstances) -> str:
    """Every Deployment whose count is another's to set, by name."""
    outage = found.outage
    if outage is None:
        return ""
    claimed = {each.key: claims(each, outage) for each in outage.failing}
    named = "; ".join(f"Deployment {key} is {', '.join(said)}" for key, said in claimed.items() if said)
    return f"{named}; let the method be Reset" if named else ""


def no_data_is_lost(found: Circumstances) -> str:
    """Those on other nodes go as well."""
    outage = found.outage
    if outage is None or not outage.with_data:
        return ""
    named = ", ".join(f"{pod.key} ({', '.join(pod.local_volumes)})" for pod in outage.with_data)
    return (
        f"node {found.node}: pods keep data in emptyDir, which scaling to zero deletes, whatever node they are on: "
        f"{named}; move it, or {outage.to_local_storage}"
    )


def nothing_keeps_it(found: Circumstances) -> str:
    """What the autoscaler never moves, and so keeps the node for (its FAQ)."""
    staying = found.outage.staying if found.outage else ()
    keeping = ", ".join(pod.key for pod in staying if _keeps(pod))
    if not keeping:
        return ""
    return f"node {found.node}: an autoscaler keeps it for {keeping}, which it never moves; let the method be Reset"


def _keeps(pod: Pod) -> bool:
    said = pod.annotations.get(SAFE_TO_EVICT)
    return said == "false" or (pod.owner is None and said != "true")


WAY = Way(
    noun="removal",
    refuses=(
        accepted,
        granted,
        autoscaled,
        group_is_at_work,
        known,
        local_ssds,
        capacity,
        above_the_least,
        removable,
        something_to_scale,
        deployments_alone,
        nobody_elses,
        no_data_is_lost,
        nothing_keeps_it,
    ),
    looks_closer=True,
    after_cordon=Phase.SCALE_DOWN,
    outage=True,
)
