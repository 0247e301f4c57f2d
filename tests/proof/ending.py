"""How a story ended, in words that two runs of it share: no times, no made-up names."""

import json
from typing import Any, Protocol

from sandbox import judge
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import key_of, name_of
from sandbox.world import World
from tests.proof.marks import ON_LOAN, notes

ROOTS = "kube-root-ca.crt"
"""A ConfigMap that a real control plane puts into every namespace."""
_COUNTS = ("total", "places", "fresh", "renewed", "failed", "passedOver", "refused", "givenBack", "new")
_SAID = ("canaryVerified", "anyPassed", "aborting", "stopping", "held", "notBefore", "startedAt", "endedAt")
"""Of which it only matters whether there is something."""


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
        "remembered": {
            name_of(each): _remembered(each, known)
            for each in view.list("configmaps", "repull")
            if name_of(each) != ROOTS
        },
        "machines": {each.name: _machine(each) for each in fleet},
        "removed": sorted(fleet.removed),
        "scaled": judge.scaled_to_zero(place.world),
        "deployments": {key_of(each): _deployment(each) for each in view.list("deployments")},
    }


def _refresh(found: dict[str, Any]) -> dict[str, Any]:
    status = found.get("status") or {}
    return {
        "phase": status.get("phase"),
        "true": [each["type"] for each in status.get("conditions") or () if each["status"] == "True"],
        **{each: status.get(each, 0) for each in _COUNTS},
        **{each: bool(status.get(each)) for each in _SAID},
        "slots": [(each["phase"], each.get("node", "")) for each in status.get("slots") or ()],
    }


def _node(found: dict[str, Any]) -> dict[str, Any]:
    metadata, spec = found["metadata"], found["spec"]
    marks = [*(metadata.get("labels") or {}), *(metadata.get("annotations") or {})]
    return {
        "cordoned": bool(spec.get("unschedulable")),
        "taints": sorted(f"{each['key']}:{each['effect']}" for each in spec.get("taints") or ()),
        "ours": sorted(each for each in marks if "repull.dev/" in each or each in ON_LOAN),
    }


def _deployment(found: dict[str, Any]) -> dict[str, Any]:
    return {"replicas": found["spec"].get("replicas"), "ours": sorted(notes(found))}


def _machine(found: Machine) -> dict[str, Any]:
    counts = {"reset": found.reset_count, "recreated": found.recreate_count, "stopped": found.stop_count}
    return {**counts, "started": found.start_count, "stale": found.is_stale, "status": found.status}


def _remembered(found: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """Which machine was renewed by which method, and what became of it: by name. Else only what is there."""
    data = found.get("data") or {}
    return {
        "renewals": _renewals(data.get("renewals") or "[]", known),
        "else": sorted(_name(key, known) for key in data if key != "renewals"),
    }


def _renewals(text: str, known: dict[str, str]) -> Any:
    try:
        renewals = json.loads(text)
    except ValueError:
        return text  # somebody has spoilt it
    return sorted(
        (_name(each["instance"], known), str(each.get("method")), known.get(each.get("became", ""), ""))
        for each in renewals
    )


def _name(key: str, known: dict[str, str]) -> str:
    """Of a machine by its id, of which no two stories have the same."""
    return known.get(key, "a machine before") if key.isdecimal() else key
