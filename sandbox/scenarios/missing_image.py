"""A typo in a tag: nothing that a reset could cure."""

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    await runbook.roll_out(stage, "v2-typo", ["ocr-worker"])
    verdict = await stage.verdict("IMAGE_MISSING")
    return (
        judge.advised(verdict, runbook.image("ocr-worker", "v2-typo")),
        judge.no_refresh(stage.world),
        judge.were_reset(stage.world, ()),
        judge.nothing_was_touched(stage.world),
        judge.nothing_is_left(stage.world),
    )


SCENARIO = Scenario(
    name="missing-image",
    shows="the tag does not exist: a verdict with its advice, and nothing is touched",
    play=play,
)
