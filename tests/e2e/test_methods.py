"""Methods other than a reset, where something comes in between: each machine is renewed once, and nothing is left."""

import pytest

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from sandbox.world import World
from tests.again import again
from tests.e2e import smallest
from tests.e2e.crashing import Point
from tests.e2e.playing import assert_ends_well


def point(says: str, verb: str, *, done: bool) -> Point:
    return Point(says=says, verb=verb, done=done, api="compute", resource="instanceGroupManagers")


def fault(verb: str, *, status: int = 0, drop: bool = False, times: int = 1) -> Fault:
    return Fault(verb=verb, status=status, drop=drop, times=times, api="compute", resource="instanceGroupManagers")


async def renew(stage: Stage, number: int = 1, **fields: object) -> None:
    """Have the stale node renewed, and wait for the end of so many refreshes."""
    await stage.start(image=smallest.IMAGE, nodes=smallest.STALE, reason=f"test {number}", **fields)
    await stage.refresh_is_over(number)


def message(stage: Stage, number: int = 1) -> str:
    """How the refresh of this number ended."""
    found = sorted(stage.refreshes(), key=lambda each: str(each["status"]["endedAt"]))
    return str(found[number - 1]["status"]["message"])


RECREATED = (
    point("before-the-recreation", "recreateInstances", done=False),
    point("the-machine-is-marked", "recreateInstances", done=True),
)


@pytest.mark.parametrize("at", again(RECREATED, but=RECREATED[1:]), ids=lambda at: at.says)
def test_a_crash_around_the_call_changes_nothing(at: Point) -> None:
    """The group is asked once for one re-creation, whatever the invocation that asked lived to see."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await smallest.everything_runs(stage)
        struck = at.strike(world)
        runbook.go_stale(stage, smallest.STALE)
        await renew(stage, method="Recreate")
        await smallest.settles(stage)
        return (
            *at.reached(world, struck),
            judge.every_pod_is_ready(world, runbook.NAMESPACE),
            judge.were_recreated(world, [smallest.STALE]),
            judge.were_reset(world, ()),
            judge.nothing_is_left(world),
            judge.refresh_ended(world, "Succeeded", "Complete"),
        )

    assert_ends_well(play)


def test_a_recreation_that_is_refused_is_none_and_one_whose_answer_was_lost_is_one() -> None:
    """The node is given back and no cooldown counts it; afterwards the machine has two names in the cooldown."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await smallest.everything_runs(stage)
        runbook.go_stale(stage, smallest.STALE)
        world.faults.add(fault("recreateInstances", status=403, times=99))
        await renew(stage, method="Recreate")
        given_back = judge.nothing_is_left(world)
        refused = message(stage)
        world.faults.clear()
        lost = world.faults.add(fault("recreateInstances", drop=True))
        await renew(stage, 2, method="Recreate")
        world.fleet[smallest.STALE].make_stale()
        await renew(stage, 3, method="Reset")
        cooling = message(stage, 3)
        return (
            given_back,
            Check(
                says="the refusal names the permission", holds="instanceGroupManagers.update" in refused, why=refused
            ),
            Check(says="the group was asked once more", holds=lost.seen == 1, why=f"{lost.seen} times"),
            judge.were_recreated(world, [smallest.STALE]),
            Check(says="the new machine is known to the cooldown", holds="(Recreate at " in cooling, why=cooling),
            judge.were_reset(world, ()),
            judge.nothing_is_left(world),
        )

    assert_ends_well(play)


def test_a_recreation_that_does_not_help_either_ends_the_run() -> None:
    """A reset, then a re-creation, then nothing: the node stays cordoned, whichever machine it is."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await smallest.everything_runs(stage)
        machine = world.fleet[smallest.STALE]
        machine.heals = machine.replacement_heals = False
        runbook.go_stale(stage, smallest.STALE)
        crash = point("the-machine-is-marked", "recreateInstances", done=True)
        struck = crash.strike(world)
        await renew(stage)
        return (
            *crash.reached(world, struck),
            judge.were_reset(world, [smallest.STALE]),
            judge.were_recreated(world, [smallest.STALE]),
            judge.nothing_is_left(world, ours=[smallest.STALE]),
            judge.refresh_ended(world, "Failed", "Failed", naming=("after its re-creation", "kubectl uncordon")),
        )

    assert_ends_well(play, settings={"REPULL_ESCALATE": "on"})


def test_what_forbids_a_recreation_is_found_before_anything_is_touched() -> None:
    """By a message, and where a reset has been in vain."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await smallest.everything_runs(stage)
        world.fleet[smallest.STALE].local_ssds = 1
        runbook.go_stale(stage, smallest.STALE)
        world.fleet[smallest.STALE].heals = False
        await renew(stage, method="Recreate")
        untouched = judge.no_node_was_cordoned(world)
        refused = message(stage)
        await renew(stage, 2)
        in_vain = message(stage, 2)
        return (
            untouched,
            Check(says="the refusal names the disk", holds="local-ssd-0" in refused, why=refused),
            judge.were_reset(world, [smallest.STALE]),
            judge.were_recreated(world, ()),
            Check(says="and so does the end of the other", holds="local-ssd-0" in in_vain, why=in_vain),
            judge.nothing_is_left(world, ours=[smallest.STALE]),
        )

    assert_ends_well(play, settings={"REPULL_ESCALATE": "on"})


STOPPED = (
    point("before-the-stop", "stopInstances", done=False),
    point("the-machine-is-to-stop", "stopInstances", done=True),
    point("before-the-start", "startInstances", done=False),
    point("the-machine-is-to-start", "startInstances", done=True),
)
ALLOWED = {"REPULL_ALLOW_STOP_START": "on"}


@pytest.mark.parametrize("at", again(STOPPED, but=STOPPED[1:2]), ids=lambda at: at.says)
def test_a_crash_around_a_stop_or_a_start_changes_nothing(at: Point) -> None:
    """The machine is stopped once and started once, and its group has its sizes back."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await smallest.everything_runs(stage)
        struck = at.strike(world)
        runbook.go_stale(stage, smallest.STALE)
        await renew(stage, method="StopStart")
        await smallest.settles(stage)
        return (
            *at.reached(world, struck),
            judge.every_pod_is_ready(world, runbook.NAMESPACE),
            judge.were_stopped_and_started(world, [smallest.STALE]),
            judge.were_reset(world, ()),
            judge.nothing_is_left(world),
            judge.refresh_ended(world, "Succeeded", "Complete"),
            nothing_is_owed(world),
        )

    assert_ends_well(play, settings=ALLOWED)


def test_a_machine_that_nobody_is_left_to_start_is_started_by_the_sweep() -> None:
    """A stop that is refused is none. One that was done is undone, also where its refresh was deleted meanwhile."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await smallest.everything_runs(stage)
        machine = world.fleet[smallest.STALE]
        runbook.go_stale(stage, smallest.STALE)
        world.faults.add(fault("stopInstances", status=403, times=99))
        await renew(stage, method="StopStart")
        given_back, owed = judge.nothing_is_left(world), nothing_is_owed(world)
        world.faults.clear()
        world.faults.add(fault("startInstances", status=403, times=99))
        await stage.start(image=smallest.IMAGE, nodes=smallest.STALE, reason="deleted", method="StopStart")
        await stage.until(lambda: machine.stop_count == 1, "the stop")
        running = next(each for each in stage.refreshes() if not (each["status"].get("endedAt")))
        await world.admin.delete("noderefreshes", name_of(running))
        await stage.until(lambda: machine.status == "TERMINATED", "the machine to be off")
        await world.publish(deployment.STEPS_TOPIC, {"action": "sweep"})
        refused = await stage.until(lambda: any("refused" in line for line in swept(stage)), "a start that is refused")
        world.faults.clear()
        await world.publish(deployment.STEPS_TOPIC, {"action": "sweep"})
        await stage.until(lambda: nothing_is_owed(world).holds, "the sweep to start it")
        await renew(stage, 2)  # and the deleted one keeps no other from its turn
        return (
            given_back,
            owed,
            Check(says="a start that is refused is tried again", holds=refused),
            judge.were_stopped_and_started(world, [smallest.STALE]),
            judge.nothing_is_left(world),
            nothing_is_owed(world),
        )

    assert_ends_well(play, settings=ALLOWED)


def swept(stage: Stage) -> list[str]:
    return [str(entry["jsonPayload"]["message"]) for entry in stage.audit("repull.swept")]


def nothing_is_owed(world: World) -> Check:
    """No machine is noted as one that must be started."""
    found = [each for each in world.view.list("configmaps", "repull") if name_of(each) == "stopped"]
    owed = [key for each in found for key in each.get("data") or {}]
    return Check(says="no machine is noted as stopped", holds=not owed, why=", ".join(owed))
