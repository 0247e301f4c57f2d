"""What can be in the way of a node's renewal around it: other nodes, the pool, the cluster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sandbox import deployment
from sandbox.google.inventory import Operation
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.phantom import phantom
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
async def crowded(stage: Stage) -> AsyncIterator[None]:
    """Each of two pods would find a place, and it is the same one."""
    first, *others = _others(stage)
    for name in (first, *others):
        await create(stage, lone_pod(f"filler-{name}", node=name, cpu="3"))
    twins = workloads.deployment("twins", in_namespace=runbook.NAMESPACE, image=IMAGE, replicas=2)
    twins["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1500m"}}
    async with deployed(stage, twins):
        await delete(stage, "pods", f"filler-{first}")
        await create(stage, lone_pod("smaller", node=first, cpu="1500m"))
        stage.say(f"two pods on {NODE} ask for 1.5 cpu each, and only {first} has so much left, once")
        yield
    for name in ("smaller", *(f"filler-{each}" for each in others)):
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
    async with phantom(stage, "gke-main-apps-left", metadata=cordoned, spec={"unschedulable": True}, ready=True):
        stage.say("an earlier refresh had to leave gke-main-apps-left cordoned")
        yield


@asynccontextmanager
async def another_is_down(stage: Stage) -> AsyncIterator[None]:
    async with phantom(stage, AILS, metadata={}, spec={}, ready=False):
        stage.say(f"{AILS}, of the pool {runbook.POOL}, is not Ready")
        yield


@asynccontextmanager
async def windows(stage: Stage) -> AsyncIterator[None]:
    info = {"operatingSystem": "windows", "osImage": "Windows Server Datacenter"}
    async with phantom(stage, WINDOWS, metadata={}, spec={}, ready=True, info=info):
        stage.say(f"{WINDOWS}, of the same pool, runs Windows")
        yield


@asynccontextmanager
async def probe_altered(stage: Stage) -> AsyncIterator[None]:
    secrets = [{"name": "mirror"}]
    await stage.world.admin.patch("serviceaccounts", "probe", {"imagePullSecrets": secrets}, "repull")
    stage.say("somebody has given the probes' service account a pull secret")
    yield
    await stage.world.admin.patch("serviceaccounts", "probe", {"imagePullSecrets": None}, "repull")


@asynccontextmanager
async def pool_is_changed(stage: Stage) -> AsyncIterator[None]:
    async with _pool_is(stage, "RECONCILING"):
        stage.say(f"GKE upgrades the pool {runbook.POOL}")
        yield


@asynccontextmanager
async def pool_fails(stage: Stage) -> AsyncIterator[None]:
    async with _pool_is(stage, "ERROR"):
        stage.say(f"GKE could not bring the pool {runbook.POOL} to what it should be")
        yield


@asynccontextmanager
async def another_is_repaired(stage: Stage) -> AsyncIterator[None]:
    operations = stage.world.inventory.clusters[0].operations
    operations.append(Operation(kind="AUTO_REPAIR_NODES", pool=runbook.POOL, node=_others(stage)[0]))
    stage.say(f"GKE repairs a node of the pool {runbook.POOL}")
    yield
    operations.clear()


@asynccontextmanager
async def cluster_is_changed(stage: Stage) -> AsyncIterator[None]:
    async with _cluster_is(stage, status="RECONCILING"):
        stage.say("GKE upgrades the cluster")
        yield


@asynccontextmanager
async def cluster_fails(stage: Stage) -> AsyncIterator[None]:
    async with _cluster_is(stage, status="ERROR"):
        stage.say("GKE could not bring the cluster to what it should be")
        yield


@asynccontextmanager
async def autopilot(stage: Stage) -> AsyncIterator[None]:
    async with _cluster_is(stage, autopilot=True):
        stage.say("the cluster is an Autopilot one")
        yield


@asynccontextmanager
async def _pool_is(stage: Stage, status: str) -> AsyncIterator[None]:
    statuses = stage.world.inventory.clusters[0].pool_status
    statuses[runbook.POOL] = status
    yield
    del statuses[runbook.POOL]


@asynccontextmanager
async def _cluster_is(stage: Stage, **changed: Any) -> AsyncIterator[None]:
    clusters = stage.world.inventory.clusters
    as_usual = clusters[0]
    clusters[0] = replace(as_usual, **changed)
    yield
    clusters[0] = as_usual


def _others(stage: Stage) -> list[str]:
    return [name for each in stage.world.view.list("nodes") if (name := name_of(each)) != NODE]
