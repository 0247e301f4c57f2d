"""Replica counts that are ours to give back: noted on the Deployment in the very PATCH that scales it to zero. Pure.

The note says for which refresh, so that whoever finds it needs no other memory; a count that somebody else has set
since is never touched.
"""

import re

from functions.model.workload import Deployment, Scaling
from functions.ownership import PREFIX

SCALED_BY = f"{PREFIX}scaled-by"  # label, by which it is found, and annotation: the refresh that has scaled it to zero
REPLICAS = f"{PREFIX}replicas"  # annotation: how many there were

_COUNT = re.compile(r"[1-9][0-9]{0,8}")


def to_zero(found: Deployment, refresh: str) -> Scaling | None:
    """Note how many there are, and have none. None where there are none already, whoever saw to that."""
    if not found.replicas or SCALED_BY in found.labels:
        return None
    noted: dict[str, str | None] = {REPLICAS: str(found.replicas), SCALED_BY: refresh}
    return Scaling(replicas=0, labels={SCALED_BY: refresh}, annotations=noted)


def scaled_by(found: Deployment) -> str:
    """The refresh whose count it is to give back, by the annotation where only the label was taken off; "" where none.

    The count alone proves nothing: `kubectl rollout undo` brings annotations back that were taken off long ago.
    """
    return found.labels.get(SCALED_BY) or found.annotations.get(SCALED_BY, "")


def give_back(found: Deployment) -> Scaling | None:
    """Have as many as there were, and take the note off; a count that is not zero any more is somebody else's.

    None where there is no note, or none that can be read: guessing could start too many, or none.
    """
    if not scaled_by(found):
        return None
    gone: dict[str, str | None] = {SCALED_BY: None}
    if found.replicas:
        return Scaling(labels=gone, annotations=gone | {REPLICAS: None})
    count = found.annotations.get(REPLICAS, "")
    if not _COUNT.fullmatch(count):
        return None
    return Scaling(replicas=int(count), labels=gone, annotations=gone | {REPLICAS: None})
