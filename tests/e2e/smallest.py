"""The smallest cluster in which a node can be renewed: one that can't pull, and another for its pods to go to."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from sandbox import deployment
from sandbox.objects.pods import is_active, is_ready
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.stage import Stage

STALE, OTHER = runbook.A1, runbook.B1
WORKER = "ocr-worker"
REPLICAS = 2
IMAGE = runbook.image(WORKER, "v1")


async def everything_runs(
    stage: Stage, nodes: Collection[str] = (STALE, OTHER), pools: Mapping[str, str] = MappingProxyType({})
) -> None:
    """All nodes, of the runbook's, can pull, and there is a pod for each. `pools` are those of nodes in another one."""
    world = stage.world
    world.catalog.push(IMAGE, log_lines=("Starting OCR worker", "listening for messages..."))
    for name in nodes:
        pool = pools.get(name, runbook.POOL)
        world.fleet.add(name=name, zone=runbook.NODES[name], pool=pool, service_account=deployment.NODES)
    await world.fleet.power_on()
    await world.admin.create("namespaces", workloads.namespace(runbook.NAMESPACE))
    made = workloads.deployment(WORKER, in_namespace=runbook.NAMESPACE, image=IMAGE, replicas=len(nodes))
    await world.admin.create("deployments", made)
    await settles(stage, len(nodes))


async def settles(stage: Stage, replicas: int = REPLICAS) -> bool:
    """Wait until every pod runs."""

    def all_ready() -> bool:
        pods = [pod for pod in stage.world.view.list("pods", runbook.NAMESPACE) if is_active(pod)]
        return len(pods) == replicas and all(map(is_ready, pods))

    return await stage.until(all_ready, "every pod READY")
