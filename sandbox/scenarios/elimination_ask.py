"""No node can pull, so nothing proves that nodes are at fault, and a person is to decide: nothing is opened."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, *runbook.NODES)
    await runbook.roll_out(stage, "v2")
    verdict = await stage.verdict("STALE_CREDENTIALS")
    wanted = "repull.consent_wanted"
    await stage.until(lambda: bool(stage.audit(wanted)) or any(stage.refreshes()), "that somebody's consent is wanted")
    said = bool(stage.audit(wanted))
    return (
        Check(says="the log says that a person is to decide", holds=said, why=f"{wanted} was not said"),
        judge.advised(verdict, "gcloud pubsub topics publish", '"action":"start"'),
        judge.no_refresh(stage.world),
        judge.were_reset(stage.world, ()),
        judge.nothing_was_touched(stage.world),
        judge.nothing_is_left(stage.world),
    )


SCENARIO = Scenario(
    name="elimination-ask",
    shows="no node can pull, and where nothing is proven a person decides: nothing is opened",
    play=play,
    settings={"REPULL_ELIMINATION": "ask"},
)
