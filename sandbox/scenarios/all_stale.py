"""No node can pull, so nothing proves that nodes are at fault: one is tried first, the others follow its success."""

from sandbox import judge
from sandbox.absences import absences
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.world import World

AT_ONCE = 2


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, *runbook.NODES)
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    return (
        judge.were_reset(stage.world, runbook.NODES),
        canary_first(stage.world),
        *ending.is_well(stage, runbook.NODES, at_once=AT_ONCE),
    )


def canary_first(world: World) -> Check:
    """The second node goes only when the first is back, although two might be out at once."""
    found = absences(world)
    holds = len(found) > 1 and found[0].until <= found[1].since
    return Check(
        says=f"the canary was back before any other node went, though {AT_ONCE} may be out at once",
        holds=holds,
        why=", ".join(map(str, found)),
    )


SCENARIO = Scenario(
    name="all-stale",
    shows="no node can pull: the canary first, and the others only after it was verified",
    play=play,
    settings={"REPULL_MAX_UNAVAILABLE": str(AT_ONCE)},
)
