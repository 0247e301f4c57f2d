"""The method is Recreate: the instance group makes another machine, under the old name, with another Node."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    before = {name: world.fleet[name].instance_id for name in runbook.NODES}
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await stage.refresh_is_over()
    await runbook.settles(stage)
    others = tuple(name for name, number in before.items() if world.fleet[name].instance_id != number)
    return (
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
        judge.were_recreated(world, STALE),
        Check(says="both are other machines now", holds=others == STALE, why=", ".join(others)),
        judge.were_reset(world, ()),
        judge.one_at_a_time(world),
        judge.nothing_is_left(world),
        judge.refresh_ended(world, "Succeeded", "Complete"),
        judge.counted(world, renewed=2, fresh=2),
        judge.no_dead_letter(world),
    )


SCENARIO = Scenario(
    name="recreated",
    shows="the method is Recreate: the stale nodes come back under their names as other machines",
    play=play,
    settings={"REPULL_METHOD": "Recreate"},
)
