"""People, permissions and failures come in between, right where it matters: no machine is reset that should not be."""

from collections.abc import Sequence
from typing import Any

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well

NODE = runbook.A1
IMAGE = runbook.image("ocr-worker", "v1")


async def uncordon(stage: Stage) -> None:
    """As `kubectl uncordon` does: the taint that the cordon brought goes as well."""
    await stage.world.admin.patch("nodes", NODE, {"spec": {"unschedulable": False, "taints": []}})
    stage.say(f"somebody runs kubectl uncordon {NODE}")


async def tell(stage: Stage, **status: Any) -> None:
    """Write on the refresh, as another invocation would."""
    (refresh,) = stage.refreshes()
    await stage.world.admin.patch("noderefreshes/status", name_of(refresh), {"status": status})


async def open_refresh(stage: Stage, name: str, nodes: Sequence[str] = (NODE,)) -> None:
    """As an invocation does that then came no further."""
    spec = {"cluster": deployment.CLUSTER_KEY, "method": "Reset", "image": IMAGE, "nodes": list(nodes)}
    refresh = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec}
    await stage.world.admin.create("noderefreshes", refresh)


def message(stage: Stage) -> str:
    """How the only refresh ended."""
    (refresh,) = stage.refreshes()
    return str(refresh["status"]["message"])


def test_a_node_that_a_person_took_back_is_not_reset_by_the_second_try() -> None:
    """Compute had no time for the first call; by the time of the next one the cordon is gone."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        async def meanwhile() -> None:
            await uncordon(stage)

        reset = Fault(api="compute", verb="reset", resource="instances", status=503, times=99, before=meanwhile)
        stage.world.faults.add(reset)
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await stage.start(image=IMAGE, reason="a test", nodes=NODE)
        await stage.refresh_is_over()
        return (
            Check(says="Compute was asked once", holds=reset.seen == 1, why=f"{reset.seen} times"),
            judge.were_reset(stage.world, ()),
            judge.nothing_is_left(stage.world),
            judge.refresh_ended(stage.world, "Failed", "Failed", naming=("took back the cordon",)),
        )

    assert_ends_well(play)


def test_a_reset_whose_answer_was_lost_is_found_and_not_repeated() -> None:
    """The second invocation finds the operation by its request, whatever became of the node meanwhile."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        reset = Fault(api="compute", verb="reset", resource="instances", drop=True)
        stage.world.faults.add(reset)
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await stage.start(image=IMAGE, reason="a test", nodes=NODE)
        await stage.refresh_is_over()
        return (
            Check(says="Compute was asked once", holds=reset.seen == 1, why=f"{reset.seen} times"),
            Check(says="the audit trail names the machine", holds=bool(stage.audit("repull.reset", node=NODE))),
            judge.were_reset(stage.world, (NODE,)),
            judge.nothing_is_left(stage.world),
            judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        )

    assert_ends_well(play)


def test_a_reset_that_was_not_permitted_gives_the_node_back() -> None:
    """Nothing was renewed, so nothing is left behind, and once it is permitted no cooldown stands in the way."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        forbidden = Fault(api="compute", verb="reset", resource="instances", status=403, times=99)
        stage.world.faults.add(forbidden)
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await stage.start(image=IMAGE, reason="not permitted", nodes=NODE)
        await stage.refresh_is_over()
        stage.world.faults.clear()
        given_back = judge.nothing_is_left(stage.world)
        refused = "was refused" in message(stage)
        await stage.start(image=IMAGE, reason="permitted by now", nodes=NODE)
        await stage.refresh_is_over(2)
        return (
            given_back,
            Check(says="the refusal is the reason", holds=refused),
            judge.were_reset(stage.world, (NODE,)),
            judge.nothing_is_left(stage.world),
        )

    assert_ends_well(play)


def test_no_node_is_cordoned_after_another_has_failed() -> None:
    """The invocation dies right before its cordon; when it is taken up again, the run is stopping."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        cordon = Fault(api="kubernetes", user=deployment.REFRESH, verb="patch", resource="nodes", first=2, status=500)
        cordon.before = world.refresh.kill
        world.faults.add(cordon)
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await stage.start(image=IMAGE, reason="a test", nodes=NODE)
        await stage.until(lambda: world.refresh.instances == 2, "the function's death")
        await tell(stage, stopping="another node has failed")
        await stage.refresh_is_over()
        return (
            judge.were_reset(world, ()),
            judge.no_node_was_cordoned(world),
            judge.nothing_is_left(world),
            judge.refresh_ended(world, "Failed", "Failed", naming=("another node has failed",)),
        )

    assert_ends_well(play)


def test_observe_mode_writes_nothing_even_for_a_refresh_from_before() -> None:
    """Switching to observe stops everything at once."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await open_refresh(stage, "refresh-from-before")
        await stage.world.publish(deployment.STEPS_TOPIC, {"action": "sweep"})
        said = await stage.until(lambda: bool(stage.audit("repull.observed")), "that it only observes")
        return (
            Check(says="it says that it only observes", holds=said),
            judge.nothing_was_touched(stage.world),
        )

    assert_ends_well(play, settings={"REPULL_MODE": "observe"})


def test_uncordoning_by_hand_is_all_that_a_person_has_to_do() -> None:
    """A node that stayed cordoned is mended and uncordoned; the sweep takes off what came with the cordon."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        machine = stage.world.fleet[NODE]
        runbook.go_stale(stage, NODE)
        machine.heals = False
        await stage.start(image=IMAGE, reason="a test", nodes=NODE)
        await stage.refresh_is_over()
        kept = judge.nothing_is_left(stage.world, ours=[NODE])
        machine.renew_token()
        await uncordon(stage)
        await stage.world.publish(deployment.STEPS_TOPIC, {"action": "sweep"})
        await stage.until(lambda: judge.nothing_is_left(stage.world).holds, "the sweep to tidy up")
        return (
            kept,
            Check(says="the advice names the command", holds=f"kubectl uncordon {NODE}" in message(stage)),
            judge.nothing_is_left(stage.world),
        )

    assert_ends_well(play)


def test_nodes_that_stayed_cordoned_use_up_the_places() -> None:
    """Resets don't help here: the second refresh does not take one more node out of service."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        for machine in runbook.go_stale(stage, runbook.A1, runbook.B1):
            machine.heals = False
        await stage.start(image=IMAGE, reason="the first")
        await stage.refresh_is_over()
        await stage.start(image=IMAGE, reason="the second")
        await stage.refresh_is_over(2)
        reset = [machine.name for machine in stage.world.fleet if machine.reset_count]
        return (
            Check(says="one machine was reset", holds=len(reset) == 1, why=", ".join(reset)),
            judge.one_at_a_time(stage.world),
        )

    assert_ends_well(play)


def test_a_renewal_is_verified_even_where_the_image_is_not_there() -> None:
    """A mistyped tag is no fault of the node, which may read the repository again."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await stage.start(image=f"{IMAGE}-mistyped", reason="a test", nodes=NODE)
        await stage.refresh_is_over()
        return (
            judge.were_reset(stage.world, (NODE,)),
            judge.nothing_is_left(stage.world),
            judge.refresh_ended(stage.world, "Succeeded", "Complete"),
        )

    assert_ends_well(play)


def test_one_cluster_that_is_gone_does_not_end_the_sweep_of_the_others() -> None:
    """The stalled refresh of the second cluster is taken up all the same."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        await open_refresh(stage, "refresh-stalled")
        await stage.world.publish(deployment.STEPS_TOPIC, {"action": "sweep"})
        await stage.refresh_is_over()
        return (judge.refresh_ended(stage.world, "Succeeded", "Complete"),)

    clusters = f"{deployment.PROJECT}/{deployment.LOCATION}/deleted,{deployment.CLUSTER_KEY}"
    assert_ends_well(play, settings={"REPULL_CLUSTERS": clusters})
