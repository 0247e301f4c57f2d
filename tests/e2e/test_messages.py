"""A message is only a nudge: doubled, late, lost or contradicted, it changes nothing about where things end."""

from sandbox import deployment, judge
from sandbox.absences import absences
from sandbox.judge import Check
from sandbox.pubsub.embedded import EmbeddedQueue
from sandbox.pubsub.faults import MessageFault
from sandbox.pubsub.tap import Published
from sandbox.scenarios import SCENARIOS, runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well

STALE_NODES = SCENARIOS["stale-nodes"]
ALL = 1000


def strike(stage: Stage, fault: MessageFault) -> None:
    assert isinstance(stage.world.broker, EmbeddedQueue)
    stage.world.broker.faults.add(fault)


def test_every_message_twice() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        for topic in (deployment.EVENTS_TOPIC, deployment.STEPS_TOPIC):
            strike(stage, MessageFault(topic=topic, times=ALL, copies=1))
        return await STALE_NODES.play(stage)

    assert_ends_well(play)


def test_late_steps() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        strike(stage, MessageFault(topic=deployment.STEPS_TOPIC, times=ALL, delay=0.5, copies=1))
        return await STALE_NODES.play(stage)

    assert_ends_well(play)


def test_a_lost_step_is_taken_up_by_the_sweep() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        strike(stage, MessageFault(topic=deployment.STEPS_TOPIC, first=3, lost=True))
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, runbook.A1, runbook.B1)
        await stage.start(image=runbook.image("ocr-worker", "v1"), reason="a test")

        def one_is_renewed() -> bool:
            return any((each.get("status") or {}).get("renewed") == 1 for each in stage.refreshes())

        await stage.until(lambda: one_is_renewed() and len(steps(stage)) == 3, "the second step, which gets lost")
        await stage.world.publish(deployment.STEPS_TOPIC, {"action": "sweep"})
        await stage.refresh_is_over()
        await runbook.settles(stage)
        return (
            judge.every_pod_is_ready(stage.world, runbook.NAMESPACE),
            judge.were_reset(stage.world, (runbook.A1, runbook.B1)),
            judge.one_at_a_time(stage.world),
            judge.nothing_is_left(stage.world),
            judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        )

    assert_ends_well(play)


def test_an_abort_gives_back_the_node_that_is_not_reset_yet() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        await stage.start(force=True, nodes=runbook.A2, image=runbook.image("ocr-worker", "v1"), reason="a test")
        await stage.until(lambda: bool(absences(stage.world)), "the cordon")
        (refresh,) = stage.refreshes()
        await stage.world.publish(deployment.STEPS_TOPIC, {"action": "abort", "refresh": refresh["metadata"]["name"]})
        await stage.refresh_is_over()
        await runbook.settles(stage)
        return (
            judge.every_pod_is_ready(stage.world, runbook.NAMESPACE),
            judge.were_reset(stage.world, ()),
            judge.nothing_is_left(stage.world),
            judge.refresh_ended(stage.world, "Aborted", "Aborted"),
        )

    assert_ends_well(play, settings={"REPULL_LB_DRAIN_SECONDS": "30"})  # until then the abort has come


def test_observing_only_says_what_would_be_done_node_by_node() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, runbook.A1)
        await runbook.roll_out(stage, "v2")
        said = await stage.until(
            lambda: planned(stage) == set(runbook.NODES), "what would have been done, node by node"
        )
        return (
            Check(says="it says of every node what would be done", holds=said),
            judge.no_refresh(stage.world),
            judge.nothing_was_touched(stage.world),
            Check(
                says="what was published is a dry run",
                holds=[step.json.get("dryRun") for step in steps(stage)] == [True],
            ),
        )

    assert_ends_well(play, settings={"REPULL_MODE": "observe"})


def planned(stage: Stage) -> set[str]:
    return {line["jsonPayload"].get("node", "") for line in stage.audit("repull.plan")}


def steps(stage: Stage) -> list[Published]:
    return [each for each in stage.world.tap.messages if each.topic == deployment.STEPS_TOPIC]
