"""A node that somebody else had cordoned is renewed like the others, and stays cordoned: it is not ours to open."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

CORDONED = runbook.A1
STALE = (CORDONED, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    await stage.world.admin.patch("nodes", CORDONED, {"spec": {"unschedulable": True}})
    stage.say(f"a colleague cordons {CORDONED}, for reasons of their own")
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await stage.refresh_is_over()
    await runbook.settles(stage)
    return (
        judge.every_pod_is_ready(stage.world, runbook.NAMESPACE),
        judge.were_reset(stage.world, STALE),
        judge.one_at_a_time(stage.world),
        judge.nothing_is_left(stage.world, cordoned=[CORDONED]),
        judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        judge.counted(stage.world, renewed=2, fresh=2),
    )


SCENARIO = Scenario(
    name="foreign-cordon",
    shows="a node that somebody else had cordoned is renewed and stays cordoned",
    play=play,
)
