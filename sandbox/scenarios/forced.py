"""Somebody knows better: a message by hand renews a node that can pull, and only that one."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

CHOSEN = runbook.A2


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    stage.say(f"somebody publishes by hand: start, force, nodes {CHOSEN}")
    await stage.start(force=True, nodes=CHOSEN, image=runbook.image("ocr-worker", "v1"), reason="rotated the account")
    await stage.refresh_is_over()
    await runbook.settles(stage)
    return (
        judge.every_pod_is_ready(stage.world, runbook.NAMESPACE),
        judge.were_reset(stage.world, [CHOSEN]),
        judge.one_at_a_time(stage.world),
        judge.nothing_is_left(stage.world),
        judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        judge.counted(stage.world, renewed=1),
        judge.no_dead_letter(stage.world),
    )


SCENARIO = Scenario(
    name="forced",
    shows="a message published by hand renews a node although it can pull",
    play=play,
)
