"""What is to be diagnosed: which pods a name on the command line stands for. It only reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from functions import probe
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_podview import controller, pod
from functions.adapters.kube_resources import (
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
)
from functions.errors import BadInput, NotFound, Refused, RepullError
from functions.model.cluster import Pod

_WORKLOADS = {
    "deployment": DEPLOYMENTS,
    "statefulset": STATEFUL_SETS,
    "daemonset": DAEMON_SETS,
    "job": JOBS,
    "cronjob": CRON_JOBS,
    "replicaset": REPLICA_SETS,
}
_KINDS = {"pod": PODS, **_WORKLOADS, "node": NODES}
_UNNAMED = tuple(kind for kind in _KINDS if kind != "cronjob")
"""In this order a name without a kind is looked for; that of a CronJob stands for the pods of many Jobs."""
_SHORT = {
    "po": "pod",
    "deploy": "deployment",
    "cj": "cronjob",
    "sts": "statefulset",
    "ds": "daemonset",
    "rs": "replicaset",
    "no": "node",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Pods, and how the place where they were looked for is called. `asked` where the pod itself was named."""

    title: str
    pods: tuple[Pod, ...]
    asked: bool = False


def find(kube: KubeApi, name: str, namespace: str) -> Target:
    """The pod of that name, or the failing pods of the workload or on the node. Raises NotFound, BadInput, Refused."""
    kinds, plain = _parse(name)
    refused: dict[str, Refused] = {}
    for kind in kinds:
        try:
            found = kube.get(_KINDS[kind], plain, namespace="" if kind == "node" else namespace)
        except Refused as error:  # of a kind that may not be meant at all
            refused[kind] = error
            continue
        if found is not None:
            return _target(kube, kind, found)
    raise _not_found(kinds, plain, namespace, refused)


def everything(kube: KubeApi, namespace: str) -> Target:
    """The failing pods of a namespace; "" is every one of them. Raises NotFound where there is no such namespace."""
    title = f"namespace {namespace}" if namespace else "the cluster"
    pods = _failing(kube, namespace=namespace)
    if namespace and not pods and not _may_be_there(kube, namespace):
        raise NotFound(f"there is no namespace {namespace}")
    return Target(title=title, pods=pods)


def _may_be_there(kube: KubeApi, namespace: str) -> bool:
    """A list of pods is empty in a namespace that does not exist, too. Whoever may not ask is not told."""
    try:
        return kube.get(NAMESPACES, namespace) is not None
    except Refused:
        return True


def _not_found(kinds: tuple[str, ...], name: str, namespace: str, refused: Mapping[str, Refused]) -> RepullError:
    """What may not be looked at is not known to be absent."""
    absent = [kind for kind in kinds if kind not in refused]
    where = "" if absent == ["node"] else f" in namespace {namespace}"
    said = [f"there is no {_either(absent)} {name}{where}"] if absent else []
    said += [f"whether there is a {kind} {name} can't be found out: {error}" for kind, error in refused.items()]
    return Refused("; ".join(said)) if refused else NotFound("; ".join(said))


def _either(kinds: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(kinds[:-1]), kinds[-1]) if part)


def _parse(name: str) -> tuple[tuple[str, ...], str]:
    """The kinds that may be meant, and the name."""
    kind, slash, plain = name.rpartition("/")
    if plain and not slash:
        return _UNNAMED, plain
    kind = kind.lower()
    kind = _SHORT.get(kind, kind.removesuffix("s"))
    if kind not in _KINDS or not plain:
        raise BadInput(
            field="what to diagnose", value=name, accepted=f"NAME or KIND/NAME, KIND being {', '.join(_KINDS)}"
        )
    return (kind,), plain


def _target(kube: KubeApi, kind: str, found: Object) -> Target:
    name, namespace = found["metadata"]["name"], found["metadata"].get("namespace", "")
    if kind == "pod":
        return Target(title=f"pod {namespace}/{name}", pods=(pod(found),), asked=True)
    if kind == "node":
        return Target(title=f"node {name}", pods=_failing(kube, on=name))
    title = f"{kind} {namespace}/{name}"
    if kind == "cronjob":
        return Target(title=title, pods=_of_jobs(kube, namespace, found["metadata"]["uid"]))
    selector = _selector(found["spec"]["selector"])
    return Target(title=title, pods=_failing(kube, namespace=namespace, labels=selector))


def _of_jobs(kube: KubeApi, namespace: str, owner: str) -> tuple[Pod, ...]:
    """A CronJob selects no pods: its Jobs, which it owns, do."""

    def read(job: Object) -> str | None:
        made_by = controller(job["metadata"])
        return _selector(job["spec"]["selector"]) if made_by and made_by.uid == owner else None

    selectors = tuple(kube.select(JOBS, read, namespace=namespace))
    return tuple(each for labels in selectors for each in _failing(kube, namespace=namespace, labels=labels))


def _failing(kube: KubeApi, *, namespace: str = "", on: str = "", labels: str = "") -> tuple[Pod, ...]:
    """Those that lack an image; a pod that fails may well be Running, so their phases don't tell."""

    def read(found: Object) -> Pod | None:
        seen = pod(found)
        lacks = any(container.lacks_image for container in seen.containers)
        return seen if lacks and not seen.deleting_since and not probe.is_ours(seen) else None

    fields = f"spec.nodeName={on}" if on else ""
    return tuple(kube.select(PODS, read, namespace=namespace, fieldSelector=fields, labelSelector=labels))


def _selector(selector: Object) -> str:
    """A workload's label selector as a query of the API has it."""
    rows = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    rows += [
        _row(each["key"], each["operator"], each.get("values") or ()) for each in selector.get("matchExpressions") or ()
    ]
    return ",".join(rows)


def _row(key: str, operator: str, values: Iterable[str]) -> str:
    return _OPERATORS[operator](key, ",".join(values))


_OPERATORS: dict[str, Callable[[str, str], str]] = {
    "In": lambda key, values: f"{key} in ({values})",
    "NotIn": lambda key, values: f"{key} notin ({values})",
    "Exists": lambda key, _: key,
    "DoesNotExist": lambda key, _: f"!{key}",
}
