"""What comes before an outage: a rollout that one node can't pull, in a pool whose autoscaler is told when to act."""

from sandbox.google.inventory import Autoscaled
from sandbox.objects.kinds import Object
from sandbox.objects.pods import node_of
from sandbox.scenarios import rights, runbook
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest

POOL = "batch"


def removes_after(stage: Stage, unneeded_seconds: float) -> None:
    """The autoscaler, so many simulated seconds after it was last needed."""
    (cluster,) = stage.world.inventory.clusters
    cluster.autoscaled[POOL] = Autoscaled(unneeded_seconds=unneeded_seconds)


async def fails_on_one_node(stage: Stage, *, granted: bool = True) -> None:
    """Its credential is stale, and its pool the autoscaler's, which has much patience."""
    if granted:
        await rights.let_scale(stage)
    removes_after(stage, 1e9)
    await smallest.everything_runs(stage, pools={smallest.STALE: POOL})
    runbook.go_stale(stage, smallest.STALE)
    await fails(stage, "v2")


async def fails(stage: Stage, version: str) -> None:
    """A rollout of this version, whose first pod goes to the stale node: the other runs no less."""
    image = runbook.image(smallest.WORKER, version)
    stage.world.catalog.push(image)
    await runbook.roll_out(stage, version, [smallest.WORKER])

    def failing() -> bool:
        """One of this rollout, not of an earlier one that it is about to replace."""
        pods = [pod for pod in stage.world.view.list("pods", runbook.NAMESPACE) if node_of(pod) == smallest.STALE]
        return any(backs_off(pod) and pod["spec"]["containers"][0]["image"] == image for pod in pods)

    assert await stage.until(failing, "a pod that can't pull")


def backs_off(pod: Object) -> bool:
    states = [each["state"].get("waiting") or {} for each in (pod.get("status") or {}).get("containerStatuses") or ()]
    return any(each.get("reason") == "ImagePullBackOff" for each in states)
