"""The runbook's story."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await stage.refresh_is_over()
    await runbook.settles(stage)
    return (
        judge.every_pod_is_ready(stage.world, runbook.NAMESPACE),
        judge.were_reset(stage.world, STALE),
        judge.one_at_a_time(stage.world),
        judge.nothing_is_left(stage.world),
        judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        judge.counted(stage.world, renewed=2, fresh=2),
        judge.logs_were_read(stage.world, STALE),
        judge.no_dead_letter(stage.world),
    )


SCENARIO = Scenario(
    name="stale-nodes",
    shows="two of four nodes hold stale credentials: exactly these are reset, one at a time, and every pod runs",
    play=play,
)
