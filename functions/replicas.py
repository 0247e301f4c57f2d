"""Replica counts that are ours to give back: noted on the Deployment in the very PATCH that scales it to zero. Pure.

The note says for which refresh, so that whoever finds it needs no other memory; a count that somebody else has set
since is never touched.
"""

import re

from functions.model.workload import Deployment, Scaling
from functions.ownership import PREFIX

SCALED_BY = f"{PREFIX}scaled-by"  # label: the refresh that has scaled it to zero
REPLICAS = f"{PREFIX}replicas"  # annotation: how many there were

_COUNT = re.compile(r"[1-9][0-9]{0,8}")


def to_zero(found: Deployment, refresh: str) -> Scaling | None:
    """Note how many there are, and have none. None where there are none already, whoever saw to that."""
    if not found.replicas or SCALED_BY in found.labels:
        return None
    return Scaling(replicas=0, labels={SCALED_BY: refresh}, annotations={REPLICAS: str(found.replicas)})


def noted(found: Deployment) -> bool:
    """Whether the count is ours to give back. Where only the label was taken off, the annotation tells that it is.

    Whoever wants to keep it at zero takes both off.
    """
    return SCALED_BY in found.labels or REPLICAS in found.annotations


def give_back(found: Deployment) -> Scaling | None:
    """Have as many as there were, and take the note off; a count that is not zero any more is somebody else's.

    None where there is no note, or none that can be read: guessing could start too many, or none.
    """
    if not noted(found):
        return None
    gone: dict[str, str | None] = {SCALED_BY: None}
    if found.replicas:
        return Scaling(labels=gone, annotations={REPLICAS: None})
    count = found.annotations.get(REPLICAS, "")
    if not _COUNT.fullmatch(count):
        return None
    return Scaling(replicas=int(count), labels=gone, annotations={REPLICAS: None})
