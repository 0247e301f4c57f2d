"""More renewals within an hour than are allowed: the breaker stays open until somebody has looked and closes it."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, *STALE)
    await runbook.roll_out(stage, "v2")
    await stage.is_held("circuit breaker")
    while_open = (
        judge.is_held(
            world, "circuit breaker", "renewals within an hour: 1", "kubectl -n repull patch configmap state"
        ),
        judge.resets(world, 1),
        judge.no_node_is_cordoned(world),
    )
    await world.admin.patch("configmaps", "state", {"data": {"breaker": None}}, "repull")
    stage.say("somebody has looked, and closes the breaker with the command that the message names")
    await stage.sweep()
    await ending.comes(stage)
    return (
        *while_open,
        judge.were_reset(world, STALE),
        *ending.is_well(stage, STALE),
    )


SCENARIO = Scenario(
    name="breaker",
    shows="more renewals within an hour than are allowed: no further node is taken until somebody closes the breaker",
    play=play,
    settings={"REPULL_BREAKER_RENEWALS": "1"},
)
