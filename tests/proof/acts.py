"""What somebody does before a story or in its middle: to machines, to the world, to the refresh."""

from sandbox.google.inventory import Autoscaled
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import rights, runbook, workloads
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest
from tests.proof.scene import Body
from tests.proof.waiting import comes, waits_with

BATCH = "batch"
BUDGET = "for-a-while"
FAILING = "v2"


def ails_for_good(machine: Machine) -> None:
    machine.heals = False
    machine.make_stale()


def never_boots(machine: Machine) -> None:
    machine.boots = False
    machine.make_stale()


async def abort(stage: Stage) -> Body:
    (refresh,) = stage.refreshes()
    return {"action": "abort", "refresh": name_of(refresh), "reason": "a proof"}


async def guard(stage: Stage) -> None:
    """Somebody's budget allows no pod to go, after the preflight has looked."""
    wants_all = len(stage.world.view.list("pods", runbook.NAMESPACE))
    made = workloads.budget(BUDGET, in_namespace=runbook.NAMESPACE, app=smallest.WORKER, min_available=wants_all)
    await stage.world.admin.create("poddisruptionbudgets", made)


async def guard_no_more(stage: Stage) -> None:
    await stage.world.admin.delete("poddisruptionbudgets", BUDGET, runbook.NAMESPACE)


async def fails(stage: Stage) -> None:
    """A rollout whose new pod goes to the stale node; the pool is the autoscaler's, which has much patience yet."""
    await rights.let_scale(stage)
    _autoscaled(stage, unneeded_seconds=1e9)
    admin = stage.world.admin
    await admin.patch("nodes", smallest.OTHER, {"spec": {"unschedulable": True}})
    stage.world.catalog.push(runbook.image(smallest.WORKER, FAILING), log_lines=("Starting OCR worker",))
    await runbook.roll_out(stage, FAILING, [smallest.WORKER])

    def failing() -> bool:
        pods = stage.world.view.list("pods", runbook.NAMESPACE)
        return any(node_of(pod) == smallest.STALE and waits_with(pod, "ImagePullBackOff") for pod in pods)

    await comes(stage, failing, "a pod on the stale node that can't pull")
    await admin.patch("nodes", smallest.OTHER, {"spec": {"unschedulable": None}})


async def hurry(stage: Stage) -> None:
    """The autoscaler has no more patience."""
    _autoscaled(stage, unneeded_seconds=10)


def _autoscaled(stage: Stage, *, unneeded_seconds: float) -> None:
    (cluster,) = stage.world.inventory.clusters
    cluster.autoscaled[BATCH] = Autoscaled(unneeded_seconds=unneeded_seconds)
