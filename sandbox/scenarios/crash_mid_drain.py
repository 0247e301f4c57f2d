"""The function's process is killed between two evictions. The message comes again, and the job is finished."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)

    async def crash() -> None:
        await world.refresh.kill()
        stage.say("the process of on_refresh_step is killed: a pod was evicted, and it will never know")

    world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="pods/eviction", first=2, after=crash)
    )
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    return (
        Check(says="the function was killed once, and replaced", holds=world.refresh.instances == 2),
        judge.were_reset(world, STALE),
        *ending.is_well(stage, STALE),
    )


SCENARIO = Scenario(
    name="crash-mid-drain",
    shows="the function's process is killed in the middle of a drain, and the redelivered message finishes the job",
    play=play,
)
