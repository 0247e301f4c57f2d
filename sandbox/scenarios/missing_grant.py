"""Somebody took the nodes' grant away: the cure is a grant, and the advice is the command that gives it."""

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    stage.world.policies.revoke(f"serviceAccount:{deployment.NODES}", deployment.READER, deployment.REPOSITORY)
    stage.say(f"somebody takes {deployment.READER} away from {deployment.NODES}")
    await runbook.roll_out(stage, "v2")
    verdict = await stage.verdict("GRANT_MISSING")
    return (
        judge.advised(
            verdict, deployment.NODES, deployment.READER, "gcloud artifacts repositories add-iam-policy-binding"
        ),
        judge.no_refresh(stage.world),
        judge.were_reset(stage.world, ()),
        judge.nothing_was_touched(stage.world),
        judge.nothing_is_left(stage.world),
    )


SCENARIO = Scenario(
    name="missing-grant",
    shows="the nodes' account may not read the repository: the advice is the command that grants it",
    play=play,
)
