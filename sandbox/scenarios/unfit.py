"""What a method can't do to a machine, or would lose with it: put in its way, and taken away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox import deployment
from sandbox.google.inventory import COMPUTE, instance_path
from sandbox.scenarios import runbook
from sandbox.scenarios.placing import NODE
from sandbox.scenarios.stage import Stage


@asynccontextmanager
async def local_ssd(stage: Stage) -> AsyncIterator[None]:
    machine = stage.world.fleet[NODE]
    machine.local_ssds = 1
    stage.say(f"{NODE} has a local SSD")
    yield
    machine.local_ssds = 0


@asynccontextmanager
async def spot(stage: Stage) -> AsyncIterator[None]:
    machine = stage.world.fleet[NODE]
    machine.spot = True
    stage.say(f"{NODE} is a Spot machine")
    yield
    machine.spot = False


@asynccontextmanager
async def regional_disk(stage: Stage) -> AsyncIterator[None]:
    machine = stage.world.fleet[NODE]
    machine.regional_disks = ("ledger",)
    stage.say(f"the regional persistent disk ledger is attached to {NODE}")
    yield
    machine.regional_disks = ()


@asynccontextmanager
async def group_at_work(stage: Stage) -> AsyncIterator[None]:
    machine = instance_path(stage.world.fleet[NODE])
    stage.world.inventory.at_work[machine] = "REFRESHING"
    stage.say(f"the instance group of {NODE} applies something to its machine")
    yield
    del stage.world.inventory.at_work[machine]


@asynccontextmanager
async def replacement_forbidden(stage: Stage) -> AsyncIterator[None]:
    async with _groups_say(stage, updatePolicy={"mostDisruptiveAllowedAction": "RESTART"}):
        stage.say(f"the instance groups of the pool {runbook.POOL} allow nothing more than a restart")
        yield


@asynccontextmanager
async def restart_forbidden(stage: Stage) -> AsyncIterator[None]:
    async with _groups_say(stage, updatePolicy={"mostDisruptiveAllowedAction": "REFRESH"}):
        stage.say(f"the instance groups of the pool {runbook.POOL} allow nothing more than a refresh")
        yield


@asynccontextmanager
async def template_changed(stage: Stage) -> AsyncIterator[None]:
    template = f"{COMPUTE}/projects/{deployment.PROJECT}/global/instanceTemplates/upgraded"
    async with _groups_say(stage, instanceTemplate=template):
        stage.say(f"the instance groups of the pool {runbook.POOL} make their machines from another template by now")
        yield


@asynccontextmanager
async def standby_pool(stage: Stage) -> AsyncIterator[None]:
    async with _groups_say(stage, standbyPolicy={"mode": "SCALE_OUT_POOL"}):
        stage.say(f"the instance groups of the pool {runbook.POOL} keep stopped machines in reserve")
        yield


@asynccontextmanager
async def _groups_say(stage: Stage, **answer: object) -> AsyncIterator[None]:
    """Those of the pool, when they are asked for."""
    said = stage.world.inventory.clusters[0].groups_say
    said[runbook.POOL] = answer
    yield
    del said[runbook.POOL]
