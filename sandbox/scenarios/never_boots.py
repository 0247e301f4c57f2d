"""A machine does not come back. Its node is empty and stays cordoned, and no other node is risked."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    for machine in runbook.go_stale(stage, *STALE):
        machine.boots = False
    await runbook.roll_out(stage, "v2")
    await stage.refresh_is_over()
    lost = [name for name in STALE if stage.world.fleet[name].reset_count]
    return (
        Check(says="one machine was reset, and the run stopped there", holds=len(lost) == 1, why=", ".join(lost)),
        judge.were_reset(stage.world, lost),
        judge.nothing_is_left(stage.world, ours=lost),
        judge.refresh_ended(stage.world, "Failed", "Failed", naming=(f"kubectl uncordon {''.join(lost)}",)),
    )


SCENARIO = Scenario(
    name="never-boots",
    shows="a machine does not come back: its node stays cordoned and the run stops",
    play=play,
    settings={"REPULL_BOOT_SECONDS": "4"},
)
