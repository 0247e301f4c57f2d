"""The method is Recreate: the instance group makes another machine, under the old name, with another Node."""

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
    others = tuple(name for name, number in before.items() if world.fleet[name].instance_id != number)
    return (
        judge.were_recreated(world, STALE),
        Check(says="both are other machines now", holds=others == STALE, why=", ".join(others)),
        judge.were_reset(world, ()),
        *ending.is_well(stage, STALE),
    )


SCENARIO = Scenario(
    name="recreated",
    shows="the method is Recreate: the stale nodes come back under their names as other machines",
    play=play,
    settings={"REPULL_METHOD": "Recreate"},
)
