"""Somebody aborts the run while a node is drained: that node is given back as it was, and no other is touched."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)
WHY = "ann: the launch is on"


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    drained: list[str] = []

    async def abort() -> None:
        for refresh in stage.refreshes():
            drained.extend(slot["node"] for slot in refresh["status"]["slots"])
            told = {"action": "abort", "refresh": name_of(refresh), "reason": WHY}
            stage.say(f"somebody aborts {name_of(refresh)} while {', '.join(drained)} is drained: {WHY}")
            await world.publish(deployment.STEPS_TOPIC, told)
        await stage.until(lambda: any(each["status"].get("aborting") for each in stage.refreshes()), "the abort")

    world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="pods/eviction", after=abort)
    )
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await stage.refresh_is_over()
    return (
        judge.refresh_ended(world, "Aborted", "Aborted", naming=("1 given back", WHY)),
        judge.were_reset(world, ()),
        judge.no_node_was_cordoned(world, but=drained),
        judge.nothing_is_left(world),
        judge.no_dead_letter(world),
    )


SCENARIO = Scenario(
    name="aborted",
    shows="somebody aborts the run while a node is drained: that node is given back, and no other is touched",
    play=play,
)
