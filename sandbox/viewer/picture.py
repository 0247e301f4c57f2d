"""The cluster at one moment, as far as people watch it: nodes with their phases, pods with what `kubectl get` says."""

from collections import defaultdict
from dataclasses import dataclass

from sandbox.kube.podtable import pod_status
from sandbox.objects.conditions import condition_of
from sandbox.objects.kinds import Object, key_of, labels_of, name_of, namespace_of
from sandbox.objects.pods import is_finished, is_ready, node_of
from sandbox.world import World

_SYSTEM = frozenset({"kube-system"})


@dataclass(frozen=True, kw_only=True, slots=True)
class PodRow:
    key: str
    short: str  # its name without what tells one ReplicaSet from the next
    status: str  # as in the STATUS column
    ready: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeRow:
    name: str
    zone: str
    states: tuple[str, ...]  # Ready, cordoned, stale, off, …
    phase: str  # of the slot that works on it, or how that ended
    pods: tuple[PodRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshRow:
    name: str
    phase: str
    counts: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    nodes: tuple[NodeRow, ...]
    refreshes: tuple[RefreshRow, ...]
    homeless: tuple[PodRow, ...]  # pods without a node

    @classmethod
    def of(cls, world: World) -> "Picture":
        pods: dict[str, list[PodRow]] = {}
        for pod in world.view.list("pods"):
            if namespace_of(pod) not in _SYSTEM and not is_finished(pod):
                pods.setdefault(node_of(pod), []).append(_pod(pod))
        refreshes = world.view.list("noderefreshes")
        phases = {slot["node"]: slot["phase"] for each in refreshes for slot in _slots(each) if slot.get("node")}
        off = {machine.name for machine in world.fleet if machine.outages and machine.outages[-1].ready_at is None}
        past = defaultdict(str, {each.name: "was reset" for each in world.fleet if each.reset_count})
        return cls(
            nodes=tuple(
                NodeRow(
                    name=name_of(node),
                    zone=labels_of(node).get("topology.kubernetes.io/zone", ""),
                    states=_states(node, off=name_of(node) in off),
                    phase=phases.get(name_of(node)) or labels_of(node).get("repull.dev/outcome") or past[name_of(node)],
                    pods=tuple(sorted(pods.get(name_of(node), ()), key=lambda row: row.key)),
                )
                for node in world.view.list("nodes")
            ),
            refreshes=tuple(map(_refresh, refreshes)),
            homeless=tuple(pods.get("", ())),
        )


def _pod(pod: Object) -> PodRow:
    short = name_of(pod).replace(f"-{labels_of(pod).get('pod-template-hash', '')}-", "-")
    return PodRow(key=key_of(pod), short=short, status=pod_status(pod), ready=is_ready(pod))


def _slots(refresh: Object) -> list[Object]:
    found: list[Object] = (refresh.get("status") or {}).get("slots") or []
    return found


def _states(node: Object, *, off: bool) -> tuple[str, ...]:
    ready = (condition_of(node, "Ready") or {}).get("status")
    words = ["off" if off else {"True": "Ready", "False": "NotReady"}.get(str(ready), "Unknown")]
    if node["spec"].get("unschedulable"):
        words.append("cordoned")
    if any(taint["key"] == "repull.dev/stale" for taint in node["spec"].get("taints") or ()):
        words.append("stale")
    return tuple(words)


def _refresh(found: Object) -> RefreshRow:
    status = found.get("status") or {}
    counted = ("fresh", "renewed", "refused", "givenBack", "failed")
    counts = ", ".join(f"{status.get(key, 0)} {key}" for key in counted)
    return RefreshRow(
        name=name_of(found),
        phase=str(status.get("phase", "Pending")),
        counts=f"{status.get('total', '?')} nodes: {counts}",
        message=str(status.get("message", "")),
    )
