"""Somebody pauses the run while a node is drained: that node is finished, the next waits until the pause is over."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)
PAUSE = "repull.dev/pause"
WHY = "the launch is on"


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)

    async def pause() -> None:
        for refresh in stage.refreshes():
            await annotate(stage, name_of(refresh), WHY)
            stage.say(f"somebody runs kubectl annotate noderefresh {name_of(refresh)} {PAUSE}='{WHY}'")

    world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="pods/eviction", after=pause)
    )
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await stage.is_held(WHY)
    while_held = (
        judge.is_held(world, WHY, f"{PAUSE}-"),
        judge.resets(world, 1),
        judge.no_node_is_cordoned(world),
    )
    for refresh in stage.refreshes():
        await annotate(stage, name_of(refresh), None)
    stage.say("the pause is taken away; the sweep finds that nothing holds the run any more")
    await stage.sweep()
    await ending.comes(stage)
    return (
        *while_held,
        judge.were_reset(world, STALE),
        *ending.is_well(stage, STALE),
    )


async def annotate(stage: Stage, refresh: str, why: str | None) -> None:
    """As kubectl annotate does; None takes it away."""
    await stage.world.admin.patch("noderefreshes", refresh, {"metadata": {"annotations": {PAUSE: why}}})


SCENARIO = Scenario(
    name="paused",
    shows="somebody pauses the run while a node is drained: that node is finished, the next waits until it goes on",
    play=play,
)
