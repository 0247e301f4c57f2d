"""ScaleWorkloads: whatever ends the outage, the Deployment has its replicas back, and nothing of it is left."""

import pytest

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import rights, runbook, workloads
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest
from tests.e2e.crashing import Point
from tests.e2e.outages import fails, fails_on_one_node, removes_after
from tests.e2e.playing import assert_ends_well

SETTINGS = {
    "REPULL_PROPAGATION_SECONDS": "3600",  # the failure itself opens no refresh
    "REPULL_COOLDOWN_SECONDS": "0",
    "REPULL_READY_SECONDS": "60",
}


async def ask(stage: Stage) -> None:
    """By hand, for what fails now."""
    await stage.start(nodes=smallest.STALE, reason="a test", method="ScaleWorkloads", acceptOutage=True)


async def begins(stage: Stage) -> str:
    """An outage; the name of its refresh once there are no replicas."""
    before = {name_of(each) for each in stage.refreshes()}
    await ask(stage)
    await stage.until(lambda: replicas(stage) == 0, "no replicas")
    (name,) = {name_of(each) for each in stage.refreshes()} - before
    return name


async def begins_again(stage: Stage, version: str) -> str:
    """Another one, for which the circuit breaker has forgotten the one before."""
    await stage.world.admin.delete("configmaps", "state", "repull")
    await fails(stage, version)
    return await begins(stage)


async def abort(stage: Stage, name: str) -> None:
    await stage.world.publish(deployment.STEPS_TOPIC, {"action": "abort", "refresh": name})


def replicas(stage: Stage) -> int:
    number: int = stage.world.view.get("deployments", smallest.WORKER, runbook.NAMESPACE)["spec"]["replicas"]
    return number


def says(stage: Stage, name: str, *words: str) -> Check:
    """How a refresh has ended."""
    status = stage.world.view.get("noderefreshes", name)["status"]
    found = "; ".join((status["phase"], status["message"], *status["notes"]))
    return Check(says=f"{name} says {' and '.join(words)}", holds=all(word in found for word in words), why=found)


def given_back(stage: Stage, what: str, number: int = smallest.REPLICAS) -> tuple[Check, ...]:
    """At this moment."""
    found = replicas(stage)
    return (
        Check(says=f"{what}: there are {number} replicas", holds=found == number, why=str(found)),
        judge.nothing_is_left(stage.world),
        judge.were_removed(stage.world, ()),
    )


@pytest.mark.timeout(600)
def test_what_ends_an_outage_gives_the_replicas_back() -> None:
    """An abort, somebody's own scaling, and the deadline; and before that, a claim of somebody else's begins none."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world, admin = stage.world, stage.world.admin
        await fails_on_one_node(stage)
        claim = workloads.autoscaler("hpa", in_namespace=runbook.NAMESPACE, of=smallest.WORKER)
        await admin.create("horizontalpodautoscalers", claim)
        await ask(stage)
        await stage.refresh_is_over()
        (first,) = stage.refreshes()
        claimed: tuple[Check, ...] = (
            says(stage, name_of(first), "Failed", "HorizontalPodAutoscaler hpa"),
            judge.no_node_was_cordoned(world),
            Check(says="nothing was scaled", holds=not judge.scaled_to_zero(world)),
        )
        await admin.delete("horizontalpodautoscalers", "hpa", runbook.NAMESPACE)

        await stage.start(nodes=smallest.STALE, dryRun=True, method="ScaleWorkloads", acceptOutage=True)
        scales = [f"{runbook.NAMESPACE}/{smallest.WORKER}"]
        planned = await stage.until(lambda: bool(stage.audit("repull.plan", scales=scales)), "the plan")
        claimed += (Check(says="a dry run names what it would scale", holds=planned),)

        aborted = await begins(stage)
        await abort(stage, aborted)
        await stage.refresh_is_over(2)
        after_abort = (*given_back(stage, "aborted"), says(stage, aborted, "Aborted"))

        touched = await begins_again(stage, "v3")
        await admin.patch("deployments", smallest.WORKER, {"spec": {"replicas": 3}}, runbook.NAMESPACE)
        await stage.refresh_is_over(3)
        after_touch = (*given_back(stage, "scaled by hand", 3), says(stage, touched, "somebody has scaled"))

        await stage.deploy({"REPULL_SCALE_DOWN_SECONDS": "2"})
        late = await begins_again(stage, "v4")
        await stage.refresh_is_over(4)
        after_deadline = (*given_back(stage, "too late", 3), says(stage, late, "Failed", "did not remove node"))
        return (*claimed, *after_abort, *after_touch, *after_deadline)

    assert_ends_well(play, settings=SETTINGS)


SCALED = Point(says="one-has-no-replicas", verb="patch", resource="deployments", done=True)
BACK = Point(says="before-they-are-back", verb="patch", resource="deployments", first=2, done=False)


@pytest.mark.parametrize("at", [SCALED, BACK], ids=lambda at: at.says)
def test_a_crash_around_an_outage_changes_nothing(at: Point) -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await fails_on_one_node(stage)
        struck = at.strike(world)
        await begins(stage)
        removes_after(stage, 10)
        await stage.refresh_is_over()
        await smallest.settles(stage)
        return (
            *at.reached(world, struck),
            judge.were_removed(world, [smallest.STALE]),
            Check(says="it was scaled once", holds=judge.scaled_to_zero(world) == [smallest.WORKER]),
            judge.have_replicas(world, runbook.NAMESPACE, smallest.REPLICAS),
            judge.every_pod_is_ready(world, runbook.NAMESPACE),
            judge.nothing_is_left(world),
            judge.refresh_ended(world, "Succeeded", "Complete"),
        )

    assert_ends_well(play, settings=SETTINGS)


def test_the_sweep_gives_back_what_no_refresh_does() -> None:
    """One that was deleted, and one that was not let."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await fails_on_one_node(stage)
        deleted = await begins(stage)
        await world.admin.delete("noderefreshes", deleted)
        await stage.sweep()
        await stage.until(lambda: all(check.holds for check in given_back(stage, "")), "what the sweep does")
        after_deletion = given_back(stage, "deleted")

        refused = await begins_again(stage, "v3")
        world.faults.add(Fault(api="kubernetes", verb="patch", resource="deployments", status=403, times=99))
        await abort(stage, refused)
        await stage.refresh_is_over()
        ended = says(stage, refused, "can't be given its replicas back")
        zero = replicas(stage)
        world.faults.clear()
        await stage.sweep()
        await stage.until(lambda: replicas(stage) != 0, "what the next sweep does")
        return (
            *after_deletion,
            ended,
            Check(says="until the sweep there are none", holds=zero == 0, why=str(zero)),
            *given_back(stage, "not let"),
        )

    assert_ends_well(play, settings=SETTINGS, in_vain=True)


def test_without_the_right_to_scale_nothing_is_touched_and_what_began_with_it_is_not_forgotten() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await fails_on_one_node(stage, granted=False)
        await stage.start(nodes=smallest.STALE, dryRun=True, method="ScaleWorkloads", acceptOutage=True)
        await stage.until(lambda: bool(stage.audit("repull.plan")), "the plan")
        planned = any(rights.FILE in line["jsonPayload"]["message"] for line in stage.audit("repull.plan"))
        await ask(stage)
        await stage.refresh_is_over()
        (first,) = stage.refreshes()
        untouched: tuple[Check, ...] = (
            Check(says="a dry run names the file", holds=planned),
            says(stage, name_of(first), "Failed", f"may not scale Deployment prod-app/{smallest.WORKER}", rights.FILE),
            judge.no_node_was_cordoned(world),
            Check(says="nothing was scaled", holds=not judge.scaled_to_zero(world)),
            judge.nothing_is_left(world),
        )

        await rights.let_scale(stage)
        begun = await begins(stage)
        await rights.let_scale_no_more(stage)
        await abort(stage, begun)
        await stage.refresh_is_over(2)
        ended = says(stage, begun, "can't be given its replicas back", rights.FILE)
        zero = replicas(stage)
        await rights.let_scale(stage)
        await stage.sweep()
        await stage.until(lambda: replicas(stage) != 0, "what the sweep does")
        return (
            *untouched,
            ended,
            Check(says="until it may there are none", holds=zero == 0, why=str(zero)),
            *given_back(stage, "granted again"),
        )

    assert_ends_well(play, settings=SETTINGS, in_vain=True)
