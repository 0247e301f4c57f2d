"""Slots side by side can't pass the circuit breaker together."""

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well

CHOSEN = (runbook.A1, runbook.A2, runbook.B1)
HALF = {"REPULL_BREAKER_PERCENT": "50"}
"""Of four nodes."""


def test_nodes_under_way_in_other_slots_count_before_they_are_renewed() -> None:
    """After the canary two slots choose at once; one of them is one too many, and may still abort."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await runbook.everything_runs(stage)
        image = runbook.image("ocr-worker", "v1")
        await stage.start(force=True, nodes=",".join(CHOSEN), image=image, reason="a test", maxUnavailable="2")
        await stage.is_held("circuit breaker")
        while_open = (
            judge.is_held(world, "renewals within an hour in pool apps of 4 nodes: 2"),
            judge.resets(world, 2),
            judge.no_node_is_cordoned(world),
        )
        (refresh,) = stage.refreshes()
        await world.publish(deployment.STEPS_TOPIC, {"action": "abort", "refresh": name_of(refresh)})
        await stage.refresh_is_over()
        return (
            *while_open,
            judge.at_most(world, 2),
            judge.nothing_is_left(world),
            judge.refresh_ended(world, "Aborted", "Aborted"),
        )

    assert_ends_well(play, settings=HALF)
