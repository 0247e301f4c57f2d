"""The nodes come round by themselves: the probe finds it out, and what remains is to retry the pods."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.B1)


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    machines = runbook.go_stale(stage, *STALE)

    async def come_round() -> None:
        for machine in machines:
            machine.renew_token()
        stage.say(f"{' and '.join(STALE)} get fresh credentials by themselves; their kubelets still back off")

    stage.world.faults.add(
        Fault(api="kubernetes", user=deployment.DIAGNOSE, verb="create", resource="noderefreshes", after=come_round)
    )
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    return (
        judge.were_reset(stage.world, ()),
        judge.no_node_was_cordoned(stage.world),
        judge.nothing_was_evicted(stage.world),
        *ending.is_well(stage, ()),
    )


SCENARIO = Scenario(
    name="recovers-by-retry",
    shows="the probe passes, so the failing pods are retried and nothing is reset",
    play=play,
)
