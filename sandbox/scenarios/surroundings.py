"""What can be in the way of a node's renewal around it: other nodes, the pool, the cluster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sandbox import deployment
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.placing import IMAGE, NODE, create, delete, deployed, lone_pod
from sandbox.scenarios.stage import Stage

WINDOWS = "gke-main-apps-windows"
AILS = "gke-main-apps-ails"
BATCH = "gke-main-batch-77aa-a1"


@asynccontextmanager
async def no_room(stage: Stage) -> AsyncIterator[None]:
    """The other nodes are nearly full, and this one has a large pod."""
    fillers = {f"filler-{index}": node for index, node in enumerate(_others(stage))}
    for name, node in fillers.items():
        await create(stage, lone_pod(name, node=node, cpu="3"))
    giant = workloads.deployment("giant", in_namespace=runbook.NAMESPACE, image=IMAGE, replicas=1)
    giant["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "2"}}
    async with deployed(stage, giant):
        stage.say(f"a pod on {NODE} asks for 2 cpu, and no other node has so much left")
        yield
    for name in fillers:
        await delete(stage, "pods", name)


@asynccontextmanager
async def others_cordoned(stage: Stage) -> AsyncIterator[None]:
    """Those of the pool: one of another pool takes pods, and can pull."""
    others, fleet = _others(stage), stage.world.fleet
    for node in others:
        await stage.world.admin.patch("nodes", node, {"spec": {"unschedulable": True}})
    stage.say(f"somebody has cordoned every other node of the pool {runbook.POOL}")
    batch = fleet.add(name=BATCH, zone=runbook.NODES[NODE], pool="batch", service_account=deployment.NODES)
    await batch.power_on()
    yield
    await fleet.remove(BATCH)
    for node in others:
        await stage.world.admin.patch("nodes", node, {"spec": {"unschedulable": None}})


@asynccontextmanager
async def left_cordoned(stage: Stage) -> AsyncIterator[None]:
    """A Node alone, so that others still take pods."""
    cordoned = {"labels": {"repull.dev/cordoned-by": "earlier"}}
    async with _phantom(stage, "gke-main-apps-left", metadata=cordoned, spec={"unschedulable": True}, ready=True):
        stage.say("an earlier refresh had to leave gke-main-apps-left cordoned")
        yield


@asynccontextmanager
async def another_is_down(stage: Stage) -> AsyncIterator[None]:
    async with _phantom(stage, AILS, metadata={}, spec={}, ready=False):
        stage.say(f"{AILS}, of the pool {runbook.POOL}, is not Ready")
        yield


@asynccontextmanager
async def windows(stage: Stage) -> AsyncIterator[None]:
    info = {"operatingSystem": "windows", "osImage": "Windows Server Datacenter"}
    async with _phantom(stage, WINDOWS, metadata={}, spec={}, ready=True, info=info):
        stage.say(f"{WINDOWS}, of the same pool, runs Windows")
        yield


@asynccontextmanager
async def pool_is_changed(stage: Stage) -> AsyncIterator[None]:
    status = stage.world.inventory.clusters[0].pool_status
    status[runbook.POOL] = "RECONCILING"
    stage.say(f"GKE upgrades the pool {runbook.POOL}")
    yield
    del status[runbook.POOL]


@asynccontextmanager
async def autopilot(stage: Stage) -> AsyncIterator[None]:
    clusters = stage.world.inventory.clusters
    standard = clusters[0]
    clusters[0] = replace(standard, autopilot=True)
    stage.say("the cluster is an Autopilot one")
    yield
    clusters[0] = standard


def _others(stage: Stage) -> list[str]:
    return [name for each in stage.world.view.list("nodes") if (name := name_of(each)) != NODE]


@asynccontextmanager
async def _phantom(
    stage: Stage,
    name: str,
    *,
    metadata: dict[str, Any],
    spec: dict[str, Any],
    ready: bool,
    info: dict[str, Any] | None = None,
) -> AsyncIterator[None]:
    """A Node of the pool behind which there is no machine; it was made long ago, as far as anybody can tell."""
    like = await stage.world.admin.get("nodes", runbook.B1)
    labels = {**like["metadata"]["labels"], **metadata.get("labels", {}), "kubernetes.io/hostname": name}
    condition = {"type": "Ready", "status": str(ready), "reason": "Kubelet", "message": "a phantom"}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {**metadata, "name": name, "labels": labels},
        "spec": spec,
        "status": {**like["status"], "conditions": [condition], "nodeInfo": like["status"]["nodeInfo"] | (info or {})},
    }
    await stage.world.admin.create("nodes", node)
    yield
    await delete(stage, "nodes", name, "")
