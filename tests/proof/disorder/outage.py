"""What an outage needs: a rollout that can't be pulled on one node, and an autoscaler that may take that node away."""

from itertools import count
from typing import TYPE_CHECKING

from sandbox.google.inventory import Autoscaled
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook
from sandbox.world import World
from tests.e2e.smallest import IMAGE, WORKER
from tests.proof.waiting import comes, waits_with

if TYPE_CHECKING:
    from tests.proof.disorder.story import Disorder

KEPT = {"cluster-autoscaler.kubernetes.io/scale-down-disabled": "true"}
"""On every other node: people do so, and the autoscaler would take any that has room on the others."""
FOREVER, SOON = 1e9, 10.0
"""Simulated seconds for which a node must have been unneeded."""
_VERSIONS = count(2)
"""No node has any of these yet."""


async def roll_out(here: "Disorder", node: str, _: int) -> None:
    """Another version, whose first pod comes to this node and can't be pulled there; the start asks for that image."""
    world, version = here.world, f"v{next(_VERSIONS)}"
    world.fleet[node].make_stale()
    _autoscale(world, FOREVER)
    others = [name_of(each) for each in world.view.list("nodes") if name_of(each) != node]
    closed = [name for name in others if not (here.node(name) or {"spec": {}})["spec"].get("unschedulable")]
    for name in others:
        spec = {"spec": {"unschedulable": True}} if name in closed else {}
        kept = await world.admin.patch("nodes", name, {"metadata": {"annotations": KEPT}, **spec})
        here.before = here.before.lending(kept)
    world.catalog.push(runbook.image(WORKER, version))
    await runbook.roll_out(here.laboratory.stage, version, [WORKER])

    def failing() -> bool:
        pods = world.view.list("pods", runbook.NAMESPACE)
        return any(node_of(pod) == node and waits_with(pod, "ImagePullBackOff") for pod in pods)

    await comes(here.laboratory.stage, failing, f"a pod on {node} that can't pull {version}")
    for name in closed:
        await world.admin.patch("nodes", name, {"spec": {"unschedulable": None}})
    here.start["image"] = runbook.image(WORKER, version)


async def hurry(here: "Disorder", _: str, __: int) -> None:
    """The autoscaler takes what it is let, if it is at work at all."""
    (cluster,) = here.world.inventory.clusters
    if cluster.autoscaled:
        _autoscale(here.world, SOON)


async def take_back(world: World) -> None:
    """After a rollout every node takes pods and can pull: it can be taken back only where there is room for that."""
    found = world.view.get("deployments", WORKER, runbook.NAMESPACE)
    if found["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE:
        return
    for machine in world.fleet:
        machine.boots = machine.heals = machine.replacement_heals = True
        if machine.status != "RUNNING" or machine._is_out:
            await machine.power_off()
            await machine.power_on()
        machine.renew_token()
    for node in world.view.list("nodes"):
        await world.admin.patch("nodes", name_of(node), {"spec": {"unschedulable": None, "taints": None}})


def _autoscale(world: World, unneeded_seconds: float) -> None:
    """It adds no machine: nobody would know whose it is."""
    (cluster,) = world.inventory.clusters
    cluster.autoscaled[runbook.POOL] = Autoscaled(unneeded_seconds=unneeded_seconds, most=1)
