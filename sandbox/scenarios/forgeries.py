"""Nodes that are not what they say: made, and taken away. Force brings them so far, as no kubelet would be asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox import deployment
from sandbox.scenarios import runbook
from sandbox.scenarios.phantom import phantom
from sandbox.scenarios.placing import NODE
from sandbox.scenarios.stage import Stage

FORGED = "gke-main-apps-1f0c-x9"
FORCED = {"nodes": FORGED, "force": True}
_ZONE = runbook.NODES[NODE]
_ANOTHER_ZONE = "us-central1-f"
_ANOTHER_PROJECT = "acme-billing"


@asynccontextmanager
async def of_no_pool(stage: Stage) -> AsyncIterator[None]:
    labels = {"cloud.google.com/gke-nodepool": "shadow"}
    async with phantom(stage, FORGED, metadata={"labels": labels}, spec={}, ready=True):
        stage.say(f"somebody makes the Node {FORGED}, of a pool that the cluster does not have")
        yield


@asynccontextmanager
async def without_machine(stage: Stage) -> AsyncIterator[None]:
    async with phantom(stage, FORGED, metadata={}, spec={}, ready=True):
        stage.say(f"somebody makes the Node {FORGED}, which names no machine")
        yield


@asynccontextmanager
async def of_another(stage: Stage) -> AsyncIterator[None]:
    async with _naming(stage, deployment.PROJECT, _ZONE, NODE):
        yield


@asynccontextmanager
async def of_another_project(stage: Stage) -> AsyncIterator[None]:
    async with _naming(stage, _ANOTHER_PROJECT, _ZONE, FORGED):
        yield


@asynccontextmanager
async def of_another_zone(stage: Stage) -> AsyncIterator[None]:
    async with _naming(stage, deployment.PROJECT, _ANOTHER_ZONE, FORGED):
        yield


@asynccontextmanager
async def of_a_machine_to_come(stage: Stage) -> AsyncIterator[None]:
    """Its group lists it, and has not made it yet."""
    fleet = stage.world.fleet
    machine = fleet.add(name=FORGED, zone=_ZONE, pool=runbook.POOL, service_account=deployment.NODES)
    machine.exists = False
    async with _naming(stage, deployment.PROJECT, _ZONE, FORGED):
        yield
    await fleet.remove(FORGED)


@asynccontextmanager
async def _naming(stage: Stage, project: str, zone: str, machine: str) -> AsyncIterator[None]:
    named = f"gce://{project}/{zone}/{machine}"
    async with phantom(stage, FORGED, metadata={}, spec={"providerID": named}, ready=True):
        stage.say(f"there is a Node {FORGED}, which names the machine {named}")
        yield
