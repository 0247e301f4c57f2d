"""A node that somebody else had cordoned is renewed like the others, and stays cordoned: it is not ours to open."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

CORDONED = runbook.A1
STALE = (CORDONED, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    await stage.world.admin.patch("nodes", CORDONED, {"spec": {"unschedulable": True}})
    stage.say(f"a colleague cordons {CORDONED}, for reasons of their own")
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    return (
        judge.were_reset(stage.world, STALE),
        *ending.is_well(stage, STALE, cordoned=[CORDONED]),
    )


SCENARIO = Scenario(
    name="foreign-cordon",
    shows="a node that somebody else had cordoned is renewed and stays cordoned",
    play=play,
)
