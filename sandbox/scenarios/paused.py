"""Somebody pauses the run while a node is drained: that node is finished, the next waits until the pause is over."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
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
    await stage.refresh_is_over()
    await runbook.settles(stage)
    return (
        *while_held,
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
        judge.were_reset(world, STALE),
        judge.one_at_a_time(world),
        judge.nothing_is_left(world),
        judge.refresh_ended(world, "Succeeded", "Complete"),
        judge.counted(world, renewed=2, fresh=2),
        judge.no_dead_letter(world),
    )


async def annotate(stage: Stage, refresh: str, why: str | None) -> None:
    """As kubectl annotate does; None takes it away."""
    await stage.world.admin.patch("noderefreshes", refresh, {"metadata": {"annotations": {PAUSE: why}}})


SCENARIO = Scenario(
    name="paused",
    shows="somebody pauses the run while a node is drained: that node is finished, the next waits until it goes on",
    play=play,
)
