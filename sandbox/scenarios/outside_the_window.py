"""The maintenance window closes while a node is drained: that node is finished, the next waits for the next window."""

from datetime import timedelta

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.timestamps import now

STALE = (runbook.A1, runbook.B1)
OPEN = "Mon-Sun 00:00-24:00"
WINDOWS = "REPULL_WINDOWS"


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)

    async def close() -> None:
        opens = now() + timedelta(days=3)
        stage.say(f"the window closes: from now on it is {opens:%a} only")
        await stage.deploy({WINDOWS: f"{opens:%a} 00:00-24:00"})

    world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="pods/eviction", after=close)
    )
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await stage.is_held("outside the maintenance windows")
    while_held = (
        judge.is_held(world, "outside the maintenance windows", "opens"),
        judge.not_before(world, now() + timedelta(days=1)),
        judge.resets(world, 1),
        judge.no_node_is_cordoned(world),
    )
    await stage.deploy({WINDOWS: OPEN})
    stage.say("the window opens; the sweep finds that nothing holds the run any more")
    await stage.sweep()
    await ending.comes(stage)
    return (
        *while_held,
        judge.were_reset(world, STALE),
        *ending.is_well(stage, STALE),
    )


SCENARIO = Scenario(
    name="outside-the-window",
    shows="the maintenance window closes while a node is drained: that node is finished, the next waits for the next",
    play=play,
    settings={WINDOWS: OPEN},
)
