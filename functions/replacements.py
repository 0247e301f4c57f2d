"""Whether a drain may go on: do the pods that replace the evicted ones come up? Pure."""

from enum import StrEnum

from functions import pulls
from functions.model.cluster import Pod
from functions.model.names import Repository
from functions.ownership import EXCLUDE


class Progress(StrEnum):
    GO_ON = "go-on"
    WAIT = "wait"
    ROLL_BACK = "roll-back"


def of(evicted: tuple[Pod, ...], present: tuple[Pod, ...], *, known: frozenset[str], node: str) -> tuple[Pod, ...]:
    """The pods on other nodes that came, for the evicted pods' controllers, after the first eviction.

    `known` are the uids of before. One without a place yet is none: there may be no elsewhere.
    """
    owners = {pod.owner.uid for pod in evicted if pod.owner}
    return tuple(
        pod
        for pod in present
        if pod.owner
        and pod.owner.uid in owners
        and pod.uid not in known
        and pod.node not in ("", node)
        and not pod.deleting_since
        and not pod.finished
    )


RETURNS = 3
"""How often the pods of one controller may come back to the node. Once may be a race with the cordon."""


def returning(evicted: tuple[Pod, ...], *, known: frozenset[str], node: str) -> str:
    """Why evicting more can't empty the node, as pods that came after the first eviction had to be evicted too.

    Whatever tolerates the cordon and is bound to the node is put there again, as often as it is evicted.
    """
    owners = [pod.owner for pod in evicted if pod.owner and pod.uid not in known]
    for owner in dict.fromkeys(owners):
        if owners.count(owner) >= RETURNS:
            return (
                f"the pods of {owner.kind} {owner.name} come back to {node} as often as they are evicted: they "
                f"tolerate its cordon; bind them to no node, or give the node the label {EXCLUDE}"
            )
    return ""


def judge(
    evicted: tuple[Pod, ...], replacements: tuple[Pod, ...], *, passed: frozenset[str], repository: Repository | None
) -> tuple[Progress, str]:
    """A replacement that can't pull on a node that passed: the idea behind this refresh is wrong, so roll back.

    One that can't pull on another node says nothing new. One that isn't ready yet is waited for, if a pod of
    its controller was ready when it was evicted.
    """
    served = {pod.owner.uid for pod in evicted if pod.owner and pod.ready}
    waiting = ""
    for pod in replacements:
        if pulls.fails(pod, repository):
            if pod.node in passed:
                return (
                    Progress.ROLL_BACK,
                    f"the replacement {pod.key} can't pull on {pod.node}, though that node passed its probe",
                )
        elif pod.owner and pod.owner.uid in served and not pod.ready:
            waiting = f"{pod.key} on {pod.node} is not ready yet"
    return (Progress.WAIT, waiting) if waiting else (Progress.GO_ON, "")
