"""Nodes that are not as most are, or are not there at all: the run comes to its end all the same."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well
from tests.e2e.test_interference import IMAGE, NODE, open_refresh

DEDICATED = {"key": "node.acme.example/dedicated", "value": "ocr", "effect": "NoSchedule"}
HOLDER_SECONDS = 12.0
"""Half of it, but a second, is what a busy machine may take for a single look."""
GONE = 30


def test_a_taint_that_was_there_before_the_reset_is_no_sign_of_a_boot() -> None:
    """A team has set it to keep others' pods away, and it stays for ever."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        await stage.world.admin.patch("nodes", NODE, {"spec": {"taints": [DEDICATED]}})
        runbook.go_stale(stage, NODE)
        await stage.start(image=IMAGE, reason="a test", nodes=NODE)
        await stage.refresh_is_over()
        (node,) = (each for each in stage.world.view.list("nodes") if name_of(each) == NODE)
        return (
            judge.were_reset(stage.world, (NODE,)),
            judge.nothing_is_left(stage.world),
            Check(says="the taint is there still", holds=DEDICATED in node["spec"].get("taints", [])),
            judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        )

    assert_ends_well(play)


def test_looking_for_many_nodes_that_are_gone_costs_nobody_the_slot() -> None:
    """Each look takes its time, and all of them take longer than a silent invocation keeps its slot."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        slow = Fault(
            api="kubernetes",
            user=deployment.REFRESH,
            verb="get",
            resource="nodes",
            times=10**6,
            delay=1.5 * HOLDER_SECONDS / GONE,
        )
        await runbook.everything_runs(stage)
        stage.world.faults.add(slow)
        await open_refresh(
            stage, "refresh-of-many", nodes=[*(f"gke-main-gone-{number}" for number in range(GONE)), NODE]
        )
        await stage.sweep()
        await stage.refresh_is_over()
        (refresh,) = stage.refreshes()
        return (
            Check(says="the node that is there was asked", holds=refresh["status"].get("fresh") == 1),
            Check(says="each is looked for once", holds=slow.seen < 2 * GONE, why=f"{slow.seen} looks"),
            judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        )

    assert_ends_well(play, settings={"REPULL_HOLDER_SECONDS": f"{HOLDER_SECONDS:g}"})
