"""A budget comes after the cordon and never allows the drain: at the drain's deadline the node is given back."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = runbook.A1
GUARDED = "ocr-worker"
BUDGET = "all-of-them"
SECONDS = 12
"""Long enough to be told no before, on however busy a computer."""
WRITES = 100


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)

    wants_all = workloads.budget(BUDGET, in_namespace=runbook.NAMESPACE, app=GUARDED, min_available=runbook.REPLICAS)

    async def forbid() -> None:
        """Once it is cordoned: its taint comes before."""
        node = await world.admin.get("nodes", STALE)
        if node["spec"].get("unschedulable"):
            world.faults.clear()
            await world.admin.create("poddisruptionbudgets", wants_all)
            stage.say(f"{STALE} is cordoned; budget {BUDGET} comes, which wants every pod of {GUARDED} available")

    world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="patch", resource="nodes", times=WRITES, after=forbid)
    )
    runbook.go_stale(stage, STALE)
    await runbook.roll_out(stage, "v2", [name for name in runbook.WORKERS if name != GUARDED])
    await stage.refresh_is_over()
    pods = world.view.list("pods", runbook.NAMESPACE, labels=f"app={GUARDED}")
    in_the_way = [f"{runbook.NAMESPACE}/{name_of(pod)}" for pod in pods if node_of(pod) == STALE]
    why = ("1 given back", f"did not end within {SECONDS} s", BUDGET, *in_the_way[:1])
    return (
        judge.refresh_ended(world, "Failed", "Failed", naming=why),
        Check(says="the pods that it guards are where they were", holds=bool(in_the_way)),
        judge.were_reset(world, ()),
        judge.no_node_was_cordoned(world, but=[STALE]),
        judge.nothing_is_left(world),
    )


SCENARIO = Scenario(
    name="drain-blocked",
    shows="a budget comes after the cordon, and blocks the drain until its deadline: given back, naming pod and budget",
    play=play,
    settings={"REPULL_DRAIN_SECONDS": str(SECONDS)},
)
