"""The method is StopStart: the instance group stops each stale machine and starts it, and has its sizes back."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    before = {name: world.fleet[name].instance_id for name in runbook.NODES}
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    others = [name for name, number in before.items() if world.fleet[name].instance_id != number]
    return (
        judge.were_stopped_and_started(world, STALE),
        Check(says="they are the machines that they were", holds=not others, why=", ".join(others)),
        judge.were_reset(world, ()),
        judge.were_recreated(world, ()),
        *ending.is_well(stage, STALE),
    )


SCENARIO = Scenario(
    name="stopped-and-started",
    shows="the method is StopStart: the instance group stops and starts the stale machines, and has its sizes back",
    play=play,
    settings={"REPULL_METHOD": "StopStart", "REPULL_ALLOW_STOP_START": "on"},
)
