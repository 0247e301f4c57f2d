"""The grant was just given, and is still on its way to the registry: waiting is the cure, and no node is blamed."""

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

LONG = 3600.0
"""Real seconds: until then the story has the grant arrive, but not before somebody has been told to wait for it."""


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    grant = (f"serviceAccount:{deployment.NODES}", deployment.READER, deployment.REPOSITORY)
    world.policies.revoke(*grant)
    stage.say(f"somebody takes {deployment.READER} away from {deployment.NODES}")
    await runbook.roll_out(stage, "v2")
    await stage.verdict("GRANT_MISSING")
    world.policies.grant(*grant, after=LONG)
    stage.say("and gives it back: IAM says so at once, the registry some time later")
    verdict = await stage.verdict("PROPAGATING")
    world.policies.arrive(*grant)
    stage.say("by now the registry knows of it as well")
    await stage.until(lambda: runbook.all_ready(stage), "every pod READY, by its kubelet's next try")
    return (
        judge.advised(verdict, "Wait", deployment.NODES),
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
        judge.no_refresh(world),
        judge.were_reset(world, ()),
        judge.nothing_was_touched(world),
        judge.nothing_is_left(world),
    )


SCENARIO = Scenario(
    name="granted-just-now",
    shows="the grant has not reached the registry yet: the next try brings the image, and no node is blamed",
    play=play,
    settings={"REPULL_PROPAGATION_SECONDS": "120", "REPULL_MEMORY_SECONDS": "3"},
)
