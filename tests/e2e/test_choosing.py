"""How often nodes are asked whether they can pull."""

from collections import Counter

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well


def test_a_node_that_was_denied_is_asked_again_only_when_it_is_its_turn() -> None:
    """With others at first, and once more before it goes."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, *runbook.NODES)
        await runbook.roll_out(stage, "v2")
        await stage.refresh_is_over()
        return (
            judge.were_reset(stage.world, runbook.NODES),
            judge.refresh_ended(stage.world, "Succeeded", "Complete"),
            _asked_at_most_twice(stage),
        )

    assert_ends_well(play)


def _asked_at_most_twice(stage: Stage) -> Check:
    asked = Counter(entry["jsonPayload"]["node"] for entry in stage.audit("repull.probed", kind="access"))
    holds = set(asked) == set(runbook.NODES) and max(asked.values()) == 2
    return Check(says="each node was asked at most twice before it went", holds=holds, why=str(asked))
