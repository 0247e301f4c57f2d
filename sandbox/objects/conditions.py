"""Conditions: the list every status carries, of which each type occurs once."""

from typing import Any

from sandbox.kube import times
from sandbox.objects.kinds import Object


def condition_of(obj: Object, kind: str) -> Object | None:
    """The condition of that type in the object's status."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((condition for condition in conditions if condition["type"] == kind), None)


def is_true(obj: Object, kind: str) -> bool:
    condition = condition_of(obj, kind)
    return condition is not None and condition["status"] == "True"


def with_condition(conditions: list[Object], kind: str, status: str, **rest: Any) -> list[Object]:
    """The list with that condition in it. Its transition time moves only when the status does, as the real ones do."""
    before = next((condition for condition in conditions if condition["type"] == kind), None)
    unchanged = before is not None and before["status"] == status
    since = before.get("lastTransitionTime") if before and unchanged else None
    after = {"type": kind, "status": status, "lastTransitionTime": since or times.seconds(times.now()), **rest}
    if before is None:
        return [*conditions, after]
    return [after if condition["type"] == kind else condition for condition in conditions]
