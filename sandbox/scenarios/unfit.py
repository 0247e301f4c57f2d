"""What a method can't do to a machine, or would take from somebody: put in its way, and taken away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sandbox.google.inventory import Autoscaled
from sandbox.objects.pods import node_of
from sandbox.scenarios import rights, runbook, workloads
from sandbox.scenarios.placing import NODE, delete
from sandbox.scenarios.stage import Stage

_CLAIMED = "claimed"
_FAILING = ("ErrImagePull", "ImagePullBackOff")
_NEVER = 1e9
"""Simulated seconds: for so long no autoscaler of a story that is about something else takes a node away."""


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
async def replacement_forbidden(stage: Stage) -> AsyncIterator[None]:
    policies = stage.world.inventory.clusters[0].groups_say
    policies[runbook.POOL] = {"updatePolicy": {"mostDisruptiveAllowedAction": "RESTART"}}
    stage.say(f"the instance groups of the pool {runbook.POOL} allow nothing more than a restart")
    yield
    del policies[runbook.POOL]


@asynccontextmanager
async def autoscaler_at_least(stage: Stage) -> AsyncIterator[None]:
    """Its least is what the zone has."""
    machines = sum(machine.zone == runbook.NODES[NODE] for machine in stage.world.fleet)
    pools = stage.world.inventory.clusters[0].autoscaled
    pools[runbook.POOL] = Autoscaled(least=machines, unneeded_seconds=_NEVER)
    stage.say(f"the autoscaler of the pool {runbook.POOL} leaves {machines} nodes in each zone")
    yield
    del pools[runbook.POOL]


@asynccontextmanager
async def claimed(stage: Stage) -> AsyncIterator[None]:
    """What fails to pull on the node is scaled by somebody else, and the autoscaler would remove the node."""
    await rights.let_scale(stage)
    pools = stage.world.inventory.clusters[0].autoscaled
    pools[runbook.POOL] = Autoscaled(unneeded_seconds=_NEVER)
    missing = runbook.image("ocr-worker", "never-built")
    made = workloads.deployment(_CLAIMED, in_namespace=runbook.NAMESPACE, image=missing, replicas=1)
    made["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    await stage.world.admin.create("deployments", made)
    scaler = workloads.autoscaler(_CLAIMED, in_namespace=runbook.NAMESPACE, of=_CLAIMED)
    await stage.world.admin.create("horizontalpodautoscalers", scaler)
    await stage.until(lambda: any(map(_fails, _pods(stage))), f"{_CLAIMED} fails on {NODE}")
    stage.say(f"a pod on {NODE} can't pull, and an autoscaler sets how many there are of it")
    yield
    await delete(stage, "horizontalpodautoscalers", _CLAIMED)
    await delete(stage, "deployments", _CLAIMED)
    await stage.until(lambda: not _pods(stage), f"the end of {_CLAIMED}")
    del pools[runbook.POOL]


def _pods(stage: Stage) -> list[dict[str, Any]]:
    return stage.world.view.list("pods", runbook.NAMESPACE, labels=f"app={_CLAIMED}")


def _fails(pod: dict[str, Any]) -> bool:
    states = [each.get("state") or {} for each in (pod.get("status") or {}).get("containerStatuses") or ()]
    waiting = [(state.get("waiting") or {}).get("reason") for state in states]
    return node_of(pod) == NODE and any(reason in _FAILING for reason in waiting)
