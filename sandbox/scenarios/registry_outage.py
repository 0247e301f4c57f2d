"""The registry goes down when the probes want to ask it: nobody can tell what is at fault, so nothing is reset."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, *STALE)

    async def outage() -> None:
        await world.registry.down()
        stage.say("the registry is down: every connection is refused")

    world.faults.add(
        Fault(api="kubernetes", user=deployment.DIAGNOSE, verb="create", resource="noderefreshes", after=outage)
    )
    await runbook.roll_out(stage, "v2")
    await stage.refresh_is_over()
    await world.registry.up()
    return (
        judge.refresh_ended(world, "Failed", "Failed", naming=("connection refused",)),
        judge.were_reset(world, ()),
        judge.no_node_was_cordoned(world),
        judge.nothing_was_evicted(world),
        judge.nothing_is_left(world),
    )


SCENARIO = Scenario(
    name="registry-outage",
    shows="the registry is down: the probe says unknown, and unknown resets nothing",
    play=play,
)
