"""Puts a world back between two stories: everything runs, and nothing is left of the story before."""

from contextlib import AsyncExitStack, suppress
from dataclasses import replace

from sandbox import deployment
from sandbox.kube.client import ApiError
from sandbox.machines.machine import Machine
from sandbox.objects.conditions import is_true
from sandbox.objects.kinds import Object, name_of, namespace_of
from sandbox.objects.pods import is_active, is_ready, node_of
from sandbox.objects.tolerations import NOT_READY, UNSCHEDULABLE, taints_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest
from tests.proof.ending import ROOTS
from tests.proof.marks import ON_LOAN
from tests.proof.scene import Scene
from tests.proof.waiting import Unprepared, comes, shown

BOOT = 5.0
"""Simulated seconds."""
ATTEMPTS = (5, 5, 20, 60, 100)
"""Seconds of ring 1. With the rollout that may come before they are less than a preparation may take, so that who waits
in vain is told for what."""
_WORKERS = f"app={smallest.WORKER}"
SPREAD = "a pod on each node, READY"


async def prepare(stage: Stage, scene: Scene, standing: AsyncExitStack) -> None:
    """And then what the scene wants is done to its machines. Raises Unprepared.

    What stood in the way of the story before is taken away first; `standing` keeps what does so now.
    """
    await standing.aclose()
    world = stage.world
    world.faults.clear()
    world.inventory.stopped.clear()
    for cluster in world.inventory.clusters:
        cluster.autoscaled.clear()
        cluster.pool_status.clear()
        cluster.operations.clear()
    for each in world.view.list("noderefreshes"):
        await world.admin.delete("noderefreshes", name_of(each), grace=0)
    for namespace in {namespace_of(each) for each in world.view.list("events")}:
        await world.admin.delete("events", "", namespace)  # all of them
    for plural in ("pods", "configmaps", "leases"):
        for each in world.view.list(plural, "repull"):
            if name_of(each) != ROOTS:
                await world.admin.delete(plural, name_of(each), "repull", grace=0)
    for budget in world.view.list("poddisruptionbudgets"):
        await world.admin.delete("poddisruptionbudgets", name_of(budget), namespace_of(budget))
    await _put_back_workloads(stage, scene)
    await _put_back_machines(stage, scene)
    await _become_spread(stage, scene)
    await standing.enter_async_context(scene.inside(replace(stage, say=lambda _: None)))  # a line for each story
    for name in scene.ails:
        scene.before(world.fleet[name])
    await scene.ready(stage)
    world.books._calls.clear()


async def _put_back_workloads(stage: Stage, scene: Scene) -> None:
    found = stage.world.view.get("deployments", smallest.WORKER, runbook.NAMESPACE)
    (container,) = found["spec"]["template"]["spec"]["containers"]
    if container["image"] != smallest.IMAGE or found["spec"]["replicas"] != len(scene.nodes):
        spec = workloads.new_image(smallest.IMAGE)["spec"] | {"replicas": len(scene.nodes)}
        await stage.world.admin.patch(
            "deployments", smallest.WORKER, {"spec": spec}, runbook.NAMESPACE, kind="strategic-merge"
        )
        # Before the machines: no new one may pull an image that is to fail on it.
        await comes(stage, lambda: _rolled_out(stage), "the rollout that is taken back")


def _rolled_out(stage: Stage) -> bool:
    found = stage.world.view.get("deployments", smallest.WORKER, runbook.NAMESPACE)
    status, wanted = found.get("status") or {}, found["spec"]["replicas"]
    seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
    return (
        seen and [status.get(each, 0) for each in ("replicas", "updatedReplicas", "availableReplicas")] == [wanted] * 3
    )


async def _put_back_machines(stage: Stage, scene: Scene) -> None:
    world = stage.world
    there = {machine.name for machine in world.fleet}
    for name in there - set(scene.nodes):
        await world.fleet.remove(name)
    for name in scene.nodes:
        if name not in there:
            pool = scene.pools.get(name, runbook.POOL)
            world.fleet.add(name=name, zone=runbook.NODES[name], pool=pool, service_account=deployment.NODES)
    world.fleet.removed.clear()
    for node in world.view.list("nodes"):
        if not str(node["spec"].get("providerID")).endswith(f"/{name_of(node)}"):
            await world.admin.delete("nodes", name_of(node))  # somebody has forged it
    known = {name_of(each) for each in world.view.list("nodes")}
    for machine in world.fleet:
        await _put_back(machine, known=machine.name in known)
    for node in world.view.list("nodes"):
        await world.admin.patch("nodes", name_of(node), _bare(node))


async def _put_back(machine: Machine, *, known: bool) -> None:
    """It runs, has a node, and can pull; and nobody remembers what was done to it."""
    machine.boots = machine.stops = machine.heals = machine.replacement_heals = True
    machine.boot_seconds = BOOT
    if not known or machine.status != "RUNNING" or (machine.outages and machine.outages[-1].ready_at is None):
        await machine.power_off()
        await machine.power_on()
    machine.reset_count = machine.recreate_count = machine.stop_count = machine.start_count = 0
    machine.outages.clear()
    machine.renew_token()


def _bare(node: Object) -> Object:
    """The patch that takes off what a story has left."""
    metadata = node["metadata"]
    ours = {
        part: dict.fromkeys(key for key in metadata.get(part) or {} if "repull.dev/" in key or key in ON_LOAN)
        for part in ("labels", "annotations")
    }
    return {"metadata": ours, "spec": {"unschedulable": None, "taints": None}}


async def _become_spread(stage: Stage, scene: Scene) -> None:
    """Every node gets a pod. The scheduler may have to be asked again, as once a node came late."""
    for seconds in ATTEMPTS:
        for pod in stage.world.view.list("pods", runbook.NAMESPACE):
            with suppress(ApiError):  # its controller was faster
                await stage.world.admin.delete("pods", name_of(pod), runbook.NAMESPACE, grace=0)
        if await stage.until(lambda: _spread(stage, scene), SPREAD, seconds=seconds):
            return
    raise Unprepared(shown(stage, SPREAD))


def runs(stage: Stage, scene: Scene) -> bool:
    """Whether every machine's node is Ready, and every pod of the worker runs.

    A machine that hangs in its boot may have no node. Nodes without a machine, and other pods, stand in the way. The
    node of one that is being started may still be Ready from before: it is on its way.
    """
    view, fleet = stage.world.view, stage.world.fleet
    machines = {machine.name for machine in fleet}
    nodes = [node for node in view.list("nodes") if name_of(node) in machines]
    pods = [pod for pod in view.list("pods", runbook.NAMESPACE, labels=_WORKERS) if is_active(pod)]
    ready = all(is_true(node, "Ready") and tells_of_its_cordon(node) for node in nodes)
    starting = any(machine.status == "STAGING" for machine in fleet)
    booted = {machine.name for machine in fleet if machine.boots}
    there = booted <= {name_of(node) for node in nodes} and len(pods) == len(scene.nodes)
    return ready and there and not starting and all(map(is_ready, pods))


def tells_of_its_cordon(node: Object) -> bool:
    """By the taint of one, that its controller sets and takes off a moment later, or without a cordon by none.

    And no more by the taint of a node that has just become Ready.
    """
    taints = {each["key"] for each in taints_of(node)}
    return bool(node["spec"].get("unschedulable")) is (UNSCHEDULABLE in taints) and NOT_READY not in taints


def _spread(stage: Stage, scene: Scene) -> bool:
    pods = stage.world.view.list("pods", runbook.NAMESPACE)
    return runs(stage, scene) and {node_of(pod) for pod in pods} == set(scene.nodes)
