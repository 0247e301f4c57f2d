"""A reset does not help. Where that is permitted the machine is recreated, once, on the same road."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
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
    await ending.comes(stage)
    return (
        judge.were_reset(world, (STUBBORN, STALE)),
        judge.were_recreated(world, (STUBBORN,)),
        *ending.is_well(stage, (STUBBORN, STALE)),
    )


SCENARIO = Scenario(
    name="escalated",
    shows="a reset does not help, so the same machine is recreated, once, where that is permitted",
    play=play,
    settings={"REPULL_ESCALATE": "on"},
)
