"""GKE's cluster autoscaler: adds a node for pods that fit nowhere, and takes away what nobody needs.

A node goes when it has been unneeded for ten minutes: it runs less than half of what it could, and whatever it runs
fits elsewhere, or comes back by itself (the FAQ of kubernetes/autoscaler). What fits nowhere keeps it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from sandbox.controllers.scheduler import why_not
from sandbox.google.inventory import Autoscaled, GkeCluster
from sandbox.kube.client import ApiError, KubeClient
from sandbox.machines.fleet import Fleet
from sandbox.machines.hardware import Hardware
from sandbox.objects.conditions import condition_of, is_true
from sandbox.objects.kinds import Object, name_of, namespace_of
from sandbox.objects.owners import controller_of
from sandbox.objects.pods import is_active, is_finished, node_of
from sandbox.objects.quantities import MEASURED, requests, units
from sandbox.objects.tolerations import NOT_READY, taints_of
from sandbox.pace import Pace
from sandbox.view import View

SCAN = 10.0  # simulated seconds, its --scan-interval
UTILISED = 0.5  # its --scale-down-utilization-threshold
KEEPS_THE_NODE = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"
_TAINT = {"key": "ToBeDeletedByClusterAutoscaler", "effect": "NoSchedule"}


class Autoscaler:
    """At work in the pools of `GkeCluster.autoscaled`."""

    def __init__(self, *, cluster: GkeCluster, fleet: Fleet, client: KubeClient, view: View, pace: Pace) -> None:
        self._cluster = cluster
        self._fleet = fleet
        self._client = client
        self._view = view
        self._pace = pace
        self._unneeded_since: dict[str, float] = {}
        self._made_of: dict[str, Hardware] = {}  # by pool, which may have no machine any more

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for pool, limits in tuple(self._cluster.autoscaled.items()):  # which may change meanwhile
                await self._shrink(pool, limits)
                self._grow(pool, limits)
            await asyncio.sleep(self._pace.real(SCAN))

    async def _shrink(self, pool: str, limits: Autoscaled) -> None:
        zones: defaultdict[str, list[str]] = defaultdict(list)
        for machine in self._fleet:
            if machine.pool == pool:
                zones[machine.zone].append(machine.name)
                self._made_of[pool] = machine.hardware
        now = asyncio.get_running_loop().time()
        for names in zones.values():
            left = len(names)
            for name in names:
                if not self._is_unneeded(name):
                    self._unneeded_since.pop(name, None)
                    continue
                since = self._unneeded_since.setdefault(name, now)
                if left > limits.least and now - since >= self._pace.real(limits.unneeded_seconds):
                    left -= await self._remove(name)

    def _grow(self, pool: str, limits: Autoscaled) -> None:
        """By one machine at a time, where its node would take a pod that waits, and none that is there would."""
        ready = {name_of(node) for node in self._view.list("nodes") if _takes_pods(node)}
        members = [machine.name for machine in self._fleet if machine.pool == pool]
        hardware = self._made_of.get(pool)
        if hardware is None or len(members) >= limits.most or not ready.issuperset(members):
            return
        waiting = [pod for pod in self._view.list("pods") if _found_no_place(pod) and not self._fit_elsewhere([pod])]
        if any(not why_not(pod, _node(hardware), ()) for pod in waiting):
            self._fleet.add_another(hardware)

    def _is_unneeded(self, name: str) -> bool:
        try:
            node = self._view.get("nodes", name)
        except KeyError:
            return False
        if (node["metadata"].get("annotations") or {}).get(KEEPS_THE_NODE) == "true":
            return False
        running, moved = self._running(name), self._moved(name)
        return (
            not any(map(_keeps_its_node, moved))
            and _share(running, node) < UTILISED
            and self._fit_elsewhere(moved, name)
        )

    def _running(self, name: str) -> list[Object]:
        return [pod for pod in self._view.list("pods") if node_of(pod) == name and is_active(pod)]

    def _tenants(self, name: str) -> list[Object]:
        """As the scheduler has it, who goes takes up room until the end."""
        return [pod for pod in self._view.list("pods") if node_of(pod) == name and not is_finished(pod)]

    def _moved(self, name: str) -> list[Object]:
        """The node's pods that would have to move."""
        return [pod for pod in self._running(name) if not _stays(pod)]

    def _fit_elsewhere(self, pods: Iterable[Object], name: str = "") -> bool:
        """Each for itself: a small simulation of what the scheduler would do, or is about to do."""
        others = [node for node in self._view.list("nodes") if name_of(node) != name]
        return all(any(not why_not(pod, node, self._tenants(name_of(node))) for node in others) for pod in pods)

    async def _remove(self, name: str) -> bool:
        """Its machine and its Node; not while a budget keeps one of its pods."""
        try:
            node = self._view.get("nodes", name)
            taints = [each for each in node["spec"].get("taints") or () if each["key"] != _TAINT["key"]]
            await self._client.patch("nodes", name, {"spec": {"taints": [*taints, _TAINT]}})
            for pod in self._moved(name):
                metadata = {"name": name_of(pod), "namespace": namespace_of(pod)}
                eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
                await self._client.create("pods/eviction", eviction)
        except (ApiError, KeyError):
            return False  # the next scan is soon
        if self._moved(name):
            return False
        await self._fleet.remove(name)
        self._unneeded_since.pop(name, None)
        return True


def _node(hardware: Hardware) -> Object:
    """A new one of that kind, as a scheduler would see it."""
    return {
        "metadata": {"name": "new", "labels": hardware.labels},
        "spec": {"taints": list(map(dict, hardware.node_taints))},
        "status": {
            "allocatable": {"cpu": hardware.cpu, "memory": hardware.memory, "pods": str(hardware.pods)},
        },
    }


def _takes_pods(node: Object) -> bool:
    """The taint of a node that was not Ready goes a moment after it is."""
    return is_true(node, "Ready") and NOT_READY not in {each["key"] for each in taints_of(node)}


def _found_no_place(pod: Object) -> bool:
    """When the scheduler looked last."""
    return is_active(pod) and (condition_of(pod, "PodScheduled") or {}).get("reason") == "Unschedulable"


def _stays(pod: Object) -> bool:
    """It goes with the node, and a DaemonSet brings it back on another."""
    return (controller_of(pod) or {}).get("kind") in {"DaemonSet", "Node"}


def _keeps_its_node(pod: Object) -> bool:
    annotations = pod["metadata"].get("annotations") or {}
    said = annotations.get(SAFE_TO_EVICT)
    return said == "false" or (controller_of(pod) is None and said != "true")


def _share(pods: Iterable[Object], node: Object) -> float:
    """Of what the node has, the larger share that these ask for, of cpu or of memory."""
    wanted = [requests(pod) for pod in pods]
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    return max(
        sum(each[resource] for each in wanted) / max(units(resource, allocatable.get(resource, 0)), 1)
        for resource in MEASURED
    )
