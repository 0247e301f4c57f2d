"""A budget that can never allow the drain: refused before anything is touched."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = runbook.A1
GUARDED = "ocr-worker"


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    budget = workloads.budget(GUARDED, in_namespace=runbook.NAMESPACE, app=GUARDED, min_available=runbook.REPLICAS)
    await stage.world.admin.create("poddisruptionbudgets", budget)
    stage.say(f"budget {GUARDED} wants all {runbook.REPLICAS} pods of {GUARDED} available at any time")
    runbook.go_stale(stage, STALE)
    await runbook.roll_out(stage, "v2", [name for name in runbook.WORKERS if name != GUARDED])
    await stage.refresh_is_over()
    pods = stage.world.view.list("pods", runbook.NAMESPACE, labels=f"app={GUARDED}")
    in_the_way = [name_of(pod) for pod in pods if node_of(pod) == STALE]
    return (
        judge.refresh_ended(stage.world, "Failed", "Failed", naming=(GUARDED, *in_the_way[:1])),
        judge.counted(stage.world, fresh=3, refused=1),
        judge.were_reset(stage.world, ()),
        judge.no_node_was_cordoned(stage.world),
        judge.nothing_was_evicted(stage.world),
        judge.nothing_is_left(stage.world),
    )


SCENARIO = Scenario(
    name="budget-blocks",
    shows="a disruption budget can never allow the drain: refused before any cordon, naming the budget and the pod",
    play=play,
)
