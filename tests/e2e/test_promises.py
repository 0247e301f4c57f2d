"""A workload may promise a line of its pods' log; a renewed node is done when it was written, or the time is up."""

import pytest

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from sandbox.world import World
from tests.e2e.playing import assert_ends_well

NODE = runbook.A1


NEVER = "never written by anybody"


KEPT = ("daemonsets", runbook.AGENT, runbook.AGENT_WORKS, "renewed and verified", 60)
BROKEN_THERE = ("daemonsets", runbook.AGENT, NEVER, f"has not logged {NEVER!r}", 40)
BROKEN_ELSEWHERE = ("deployments", "ocr-worker", NEVER, f"Deployment {runbook.NAMESPACE}/ocr-worker: ", 40)


@pytest.mark.parametrize(
    "plural, name, promise, said, seconds",
    [
        pytest.param(*KEPT, id="kept"),
        pytest.param(*BROKEN_THERE, id="broken-on-the-node", marks=pytest.mark.again),
        pytest.param(*BROKEN_ELSEWHERE, id="broken-where-it-has-moved", marks=pytest.mark.again),
    ],
)
def test_a_promised_line_is_waited_for(plural: str, name: str, promise: str, said: str, seconds: int) -> None:
    """It is no failed renewal where the line does not come: the node can pull, and that is said."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        promised = {"metadata": {"annotations": {"repull.dev/ready-log": promise}}}
        await stage.world.admin.patch(plural, name, promised, runbook.NAMESPACE)
        runbook.go_stale(stage, NODE)
        await stage.start(image=runbook.image("ocr-worker", "v1"), reason="a test", nodes=NODE)
        await stage.refresh_is_over()
        return (
            judge.were_reset(stage.world, (NODE,)),
            judge.refresh_ended(stage.world, "Succeeded", "Complete", naming=(said,)),
            _the_log_was_read(stage.world),
        )

    assert_ends_well(play, settings={"REPULL_READY_SECONDS": f"{seconds}"})


def _the_log_was_read(world: World) -> Check:
    calls = world.books.calls(api="kubernetes", user=deployment.REFRESH, verb="get", resource="pods/log")
    return Check(says="the log of the agent on the node was read", holds=bool(calls))
