"""Nodes of one cluster."""

from collections.abc import Collection, Iterator
from typing import Any

from functions.adapters import kube_times, kube_watch
from functions.adapters.kube_api import METADATA_ONLY, KubeApi, Object
from functions.adapters.kube_placement import amounts
from functions.adapters.kube_resources import NODES, can_be_carried, labelled
from functions.model.cluster import Node, NodeChange, Taint
from functions.ownership import BEFORE, CORDONED_BY, EXCLUDE_FROM_LOAD_BALANCERS, REFRESH

PERMISSIONS = NODES.may("get", "list", "watch", "patch")

POOL = "cloud.google.com/gke-nodepool"
"""The label by which GKE says to which node pool a node belongs."""
ZONE = "topology.kubernetes.io/zone"
"""The label by which every cloud's node says where it is (Kubernetes, "Well-Known Labels")."""


class KubeNodes:
    """`ports.Nodes` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def get(self, name: str) -> Node | None:
        found = self._api.get(NODES, name)
        return node(found) if found else None

    def candidates(self, *, pools: tuple[str, ...], not_marked: str, limit: int) -> tuple[Node, ...]:
        if not pools:
            return ()
        selector = _in_pools(pools) + (f",{REFRESH}!={not_marked}" if not_marked else "")
        return self._list(selector, limit)

    def of_pool(self, pool: str, *, zone: str = "", limit: int) -> tuple[Node, ...]:
        return self._list(labelled(POOL, pool) + (f",{labelled(ZONE, zone)}" if zone else ""), limit)

    def carrying(self, label: str, value: str = "", *, but: Collection[str] = (), limit: int) -> tuple[Node, ...]:
        if not can_be_carried(value):
            return ()
        some = sorted(filter(can_be_carried, but))
        others = f",{label} notin ({','.join(some)})" if some else ""
        return self._list(f"{labelled(label, value)}{others}", limit)

    def unlabelled(self, *, limit: int) -> tuple[Node, ...]:
        selector = f"{EXCLUDE_FROM_LOAD_BALANCERS}=true,!{CORDONED_BY}"
        names = self._api.select(NODES, _noted, accept=METADATA_ONLY, labelSelector=selector)
        return tuple(found for name in names[:limit] if (found := self.get(name)))

    def some(self, *, limit: int) -> tuple[Node, ...]:
        return tuple(node(each) for each in self._api.find(NODES, most=limit))

    def count(self, *, pools: tuple[str, ...], most: int | None = None) -> int:
        return self._api.count(NODES, most=most, labelSelector=_in_pools(pools)) if pools else 0

    def change(self, node_: Node, change: NodeChange) -> Node:
        return node(self._api.patch(NODES, node_.name, patch(node_, change)))

    def follow(self, name: str, *, seconds: float) -> Iterator[Node | None]:
        for found in kube_watch.follow(self._api, NODES, name, seconds=seconds):
            yield node(found) if found else None

    def _list(self, selector: str, limit: int) -> tuple[Node, ...]:
        return tuple(node(each) for each in self._api.find(NODES, labelSelector=selector, most=limit))


def node(found: Object) -> Node:
    """A Node as we see it."""
    metadata, spec, status = found["metadata"], found.get("spec") or {}, found.get("status") or {}
    info = status.get("nodeInfo") or {}
    ready: Object = next((each for each in status.get("conditions") or () if each["type"] == "Ready"), {})
    return Node(
        name=metadata["name"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        provider_id=spec.get("providerID") or "",
        boot_id=info.get("bootID") or "",
        created=kube_times.required(metadata.get("creationTimestamp")),
        unschedulable=bool(spec.get("unschedulable")),
        ready=ready.get("status") == "True",
        heartbeat=kube_times.parse(ready.get("lastHeartbeatTime")),
        os=info.get("operatingSystem") or "linux",
        architecture=info.get("architecture") or "amd64",
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        taints=tuple(_taint(each) for each in spec.get("taints") or ()),
        allocatable=amounts(status.get("allocatable")),
    )


def _noted(found: Object) -> str | None:
    """The name of one that has our cordon's annotation."""
    metadata = found["metadata"]
    return str(metadata["name"]) if BEFORE in (metadata.get("annotations") or {}) else None


def patch(node_: Node, change: NodeChange) -> Object:
    """The merge patch for a change that holds only against the version that was read."""
    metadata: dict[str, Any] = {"resourceVersion": node_.resource_version}
    if change.labels:
        metadata["labels"] = change.labels
    if change.annotations:
        metadata["annotations"] = change.annotations
    spec: dict[str, Any] = {}
    if change.unschedulable is not None:
        spec["unschedulable"] = change.unschedulable or None
    if change.taints is not None:
        spec["taints"] = [_written(taint) for taint in change.taints]
    return {"metadata": metadata, **({"spec": spec} if spec else {})}


def _in_pools(pools: tuple[str, ...]) -> str:
    return f"{POOL} in ({','.join(pools)})"


def _taint(found: Object) -> Taint:
    return Taint(
        key=found["key"],
        effect=found["effect"],
        value=found.get("value") or "",
        time_added=found.get("timeAdded") or "",
    )


def _written(taint: Taint) -> Object:
    """With what another controller wrote about it: a merge patch replaces the whole list."""
    optional = {"value": taint.value, "timeAdded": taint.time_added}
    return {"key": taint.key, "effect": taint.effect} | {key: value for key, value in optional.items() if value}
