"""A reset does not help. Where that is permitted the machine is recreated, once, on the same road."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STUBBORN, STALE = runbook.A1, runbook.B1


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, STUBBORN, STALE)
    world.fleet[STUBBORN].heals = False
    stage.say(f"and what ails {STUBBORN} is on its disk: no reset will cure it")
    await runbook.roll_out(stage, "v2")
    await stage.refresh_is_over()
    await runbook.settles(stage)
    return (
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
        judge.were_reset(world, (STUBBORN, STALE)),
        judge.were_recreated(world, (STUBBORN,)),
        judge.one_at_a_time(world),
        judge.nothing_is_left(world),
        judge.refresh_ended(world, "Succeeded", "Complete"),
        judge.counted(world, renewed=2, fresh=2),
        judge.no_dead_letter(world),
    )


SCENARIO = Scenario(
    name="escalated",
    shows="a reset does not help, so the same machine is recreated, once, where that is permitted",
    play=play,
    settings={"REPULL_ESCALATE": "on"},
)
