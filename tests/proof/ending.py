"""How a story ended, in words that two runs of it share: no times, no made-up names."""

import json
from typing import Any, Protocol

from sandbox import judge
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import name_of
from sandbox.world import World

ROOTS = "kube-root-ca.crt"
"""A ConfigMap that a real control plane puts into every namespace."""
_COUNTS = ("total", "fresh", "renewed", "failed", "passedOver", "refused")


class _InAWorld(Protocol):
    """A laboratory, or a stage."""

    @property
    def world(self) -> World: ...


def ending(place: _InAWorld) -> dict[str, Any]:
    """The refreshes, what is on the nodes, what is remembered, and what became of the machines."""
    view, fleet = place.world.view, place.world.fleet
    known = {str(machine.instance_id): machine.name for machine in fleet}
    return {
        "refreshes": [_refresh(each) for each in view.list("noderefreshes")],
        "nodes": {name_of(each): _node(each) for each in view.list("nodes")},
        "probes": [name_of(each) for each in view.list("pods", "repull")],
        "leases": [each["spec"].get("holderIdentity") or "" for each in view.list("leases", "repull")],
        "remembered": [_renewals(each, known) for each in view.list("configmaps", "repull") if name_of(each) != ROOTS],
        "machines": {each.name: _machine(each) for each in fleet},
        "removed": sorted(fleet.removed),
        "scaled": judge.scaled_to_zero(place.world),
    }


def _refresh(found: dict[str, Any]) -> dict[str, Any]:
    status = found.get("status") or {}
    return {
        "phase": status.get("phase"),
        "true": [each["type"] for each in status.get("conditions") or () if each["status"] == "True"],
        **{each: status.get(each, 0) for each in _COUNTS},
    }


def _node(found: dict[str, Any]) -> dict[str, Any]:
    metadata, spec = found["metadata"], found["spec"]
    marks = [*(metadata.get("labels") or {}), *(metadata.get("annotations") or {})]
    return {
        "cordoned": bool(spec.get("unschedulable")),
        "taints": sorted(each["key"] for each in spec.get("taints") or ()),
        "ours": sorted(each for each in marks if "repull.dev/" in each or "exclude-from-external" in each),
    }


def _machine(found: Machine) -> dict[str, Any]:
    counts = {"reset": found.reset_count, "recreated": found.recreate_count, "stopped": found.stop_count}
    return {**counts, "started": found.start_count, "stale": found.is_stale, "status": found.status}


def _renewals(found: dict[str, Any], known: dict[str, str]) -> list[tuple[str, str, str]]:
    """Which machine by which method, and what became of it: by name, or what is there no more; in no order."""
    renewals = json.loads((found.get("data") or {}).get("renewals") or "[]")
    return sorted(
        (
            known.get(each["instance"], "a machine before"),
            str(each.get("method")),
            known.get(each.get("became", ""), ""),
        )
        for each in renewals
    )
