"""How a story of the runbook's cluster ends well: every pod runs, and nothing tells any more that repull was there."""

from collections.abc import Collection

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage


async def comes(stage: Stage) -> None:
    """Wait for the end of the refresh and of the rollout."""
    await stage.refresh_is_over()
    await runbook.settles(stage)


def is_well(
    stage: Stage, renewed: Collection[str], *, at_once: int = 1, cordoned: Collection[str] = ()
) -> tuple[Check, ...]:
    """These were renewed, whatever by, and the others could pull; `cordoned` are somebody else's cordons."""
    world = stage.world
    return (
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
        judge.at_most(world, at_once),
        judge.nothing_is_left(world, cordoned=cordoned),
        judge.refresh_ended(world, "Succeeded", "Complete"),
        judge.counted(world, renewed=len(renewed), fresh=len(runbook.NODES) - len(renewed)),
        judge.no_dead_letter(world),
    )
