"""How an object goes: at once, after its grace, or when its last finalizer is taken off."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal

from sandbox.kube import times
from sandbox.kube.problems import invalid as wrong
from sandbox.kube.problems import unsupported
from sandbox.kube.resources import Resource
from sandbox.kube.status import bad_request, conflict, invalid

Object = dict[str, Any]
Propagation = Literal["", "Background", "Foreground", "Orphan"]
_PROPAGATION_FINALIZERS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


class Deletion(Enum):
    """The two outcomes that write nothing; the third is the object's next state, with its deletionTimestamp."""

    AT_ONCE = "at once"
    UNDER_WAY = "under way"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteOptions:
    """`grace` None means the object's own. Where there is a body, only what it says counts."""

    grace: int | None = None
    propagation: Propagation = ""
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False

    @classmethod
    def parse(cls, body: Object) -> "DeleteOptions":
        """From a request's body, or from its query where it has no body."""
        grace = body.get("gracePeriodSeconds")
        if isinstance(grace, str) and not grace.isdigit():
            raise bad_request(f'strconv.ParseInt: parsing "{grace}": invalid syntax')
        propagation: Any = body.get("propagationPolicy") or ""
        if propagation and body.get("orphanDependents") is not None:
            says = "orphanDependents and deletionPropagation cannot be both set"
            raise invalid("DeleteOptions", "meta.k8s.io", "", [wrong("propagationPolicy", propagation, says)])
        if body.get("orphanDependents") in {True, "true"}:
            propagation = "Orphan"
        if propagation not in {"", "Background", "Foreground", "Orphan"}:
            supported = ("Foreground", "Background", "Orphan", "nil")
            cause = unsupported("propagationPolicy", propagation, supported)
            raise invalid("DeleteOptions", "meta.k8s.io", "", [cause])
        dry_run = body.get("dryRun") or []
        if dry_run not in ([], ["All"]):
            raise invalid("DeleteOptions", "meta.k8s.io", "", [unsupported("dryRun", dry_run, ("All",))])
        preconditions = body.get("preconditions") or {}
        return cls(
            grace=None if grace is None else max(0, int(grace)),
            propagation=propagation,
            uid=preconditions.get("uid") or "",
            resource_version=preconditions.get("resourceVersion") or "",
            dry_run=bool(dry_run),
        )


def plan_deletion(obj: Object, resource: Resource, options: DeleteOptions, *, now: datetime) -> Deletion | Object:
    """What a DELETE with `options` makes of `obj`; 409 where a precondition fails."""
    metadata = obj["metadata"]
    _check(metadata, resource, options)
    grace = _grace(obj, resource, options)
    finalizers = list(metadata.get("finalizers") or [])
    if options.propagation:
        finalizers = [each for each in finalizers if each not in _PROPAGATION_FINALIZERS.values()]
    if wanted := _PROPAGATION_FINALIZERS.get(options.propagation):
        finalizers.append(wanted)
    if resource.plural == "namespaces":
        return _terminating(obj, now)
    if not grace and not finalizers:
        return Deletion.AT_ONCE
    pending = metadata.get("deletionTimestamp")
    pending_grace = metadata.get("deletionGracePeriodSeconds") or 0
    unchanged = finalizers == (metadata.get("finalizers") or [])
    if pending and grace >= pending_grace and unchanged:
        return Deletion.UNDER_WAY
    return marked(obj, finalizers, min(grace, pending_grace) if pending else grace, now)


def _check(metadata: Object, resource: Resource, options: DeleteOptions) -> None:
    name, resource = metadata["name"], replace(resource, plural=resource.kind)  # here the real one names the kind
    if options.uid and options.uid != metadata["uid"]:
        why = f"the UID in the precondition ({options.uid}) does not match the UID in record ({metadata['uid']}). "
        raise conflict(resource, name, why + "The object might have been deleted and then recreated")
    if options.resource_version and options.resource_version != metadata["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the ResourceVersion "
        )
        raise conflict(
            resource, name, why + f"in record ({metadata['resourceVersion']}). The object might have been modified"
        )


def _grace(obj: Object, resource: Resource, options: DeleteOptions) -> int:
    """Only a pod that a kubelet may be running gets one."""
    if resource.plural != "pods":
        return 0
    if not obj["spec"].get("nodeName") or obj["status"].get("phase") in {"Succeeded", "Failed"}:
        return 0
    if options.grace is not None:
        return options.grace
    pending = obj["metadata"].get("deletionGracePeriodSeconds")
    own: int = obj["spec"].get("terminationGracePeriodSeconds", 30)
    return own if pending is None else pending


def marked(obj: Object, finalizers: list[str], grace: int, now: datetime) -> Object:
    """With its deletionTimestamp, or with an earlier one."""
    going: Object = json.loads(json.dumps(obj))
    metadata = going["metadata"]
    if not metadata.get("deletionTimestamp"):
        metadata["deletionTimestamp"] = times.later(now, grace)
        if "generation" in metadata:
            metadata["generation"] += 1
    else:
        shorter = metadata.get("deletionGracePeriodSeconds", 0) - grace
        metadata["deletionTimestamp"] = times.seconds(
            times.parse(metadata["deletionTimestamp"]) - timedelta(seconds=shorter)
        )
    metadata["deletionGracePeriodSeconds"] = grace
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    return going


def _terminating(obj: Object, now: datetime) -> Deletion | Object:
    """A namespace stays, Terminating, until the namespace controller has emptied it."""
    if obj["metadata"].get("deletionTimestamp"):
        return Deletion.UNDER_WAY
    gone = marked(obj, obj["metadata"].get("finalizers") or [], 0, now)
    del gone["metadata"]["deletionGracePeriodSeconds"]
    return {**gone, "status": {**gone["status"], "phase": "Terminating"}}
