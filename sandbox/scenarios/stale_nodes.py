"""The runbook's story."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    return (
        judge.were_reset(stage.world, STALE),
        judge.logs_were_read(stage.world, STALE),
        *ending.is_well(stage, STALE),
    )


SCENARIO = Scenario(
    name="stale-nodes",
    shows="two of four nodes hold stale credentials: exactly these are reset, one at a time, and every pod runs",
    play=play,
)
