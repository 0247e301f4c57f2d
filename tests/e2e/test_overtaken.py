"""An invocation is slow, or dies, and the world goes on without it: what it finds out late must not count any more."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import rights, runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well
from tests.e2e.test_interference import IMAGE, NODE, open_refresh, uncordon

QUICKLY = {"REPULL_HOLDER_SECONDS": "3"}


def slot(stage: Stage) -> dict[str, Any]:
    """The only slot of the only refresh."""
    (refresh,) = stage.refreshes()
    (found,) = refresh["status"]["slots"]
    return dict(found)


async def hold_expires(stage: Stage) -> None:
    expires = datetime.fromisoformat(slot(stage)["holderExpires"])
    await asyncio.sleep(max(0.0, (expires - datetime.now(UTC)).total_seconds()) + 0.1)


def test_an_invocation_that_was_overtaken_right_before_the_reset_resets_nothing() -> None:
    """Compute takes its time to say which machine it is; meanwhile the node was given back, and is in service."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        before = 0

        def has_ended() -> int:
            """So often has an invocation reset something, or found out that it must not or can't."""
            return sum(len(stage.audit(f"repull.{event}")) for event in ("reset", "busy", "retry"))

        async def meanwhile() -> None:
            nonlocal before
            before = has_ended()
            await uncordon(stage)
            await hold_expires(stage)
            await stage.sweep()
            await stage.refresh_is_over()

        look = Fault(api="compute", verb="get", resource="instances", name=NODE, before=meanwhile)
        stage.world.faults.add(look)
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await stage.start(image=IMAGE, reason="a test", nodes=NODE)
        await stage.until(lambda: look.seen > 0, "the look at the machine")
        await stage.refresh_is_over()
        await stage.until(lambda: has_ended() > before, "the slow invocation's end")
        return (
            judge.were_reset(stage.world, ()),
            judge.nothing_is_left(stage.world),
            judge.refresh_ended(stage.world, "Failed", "Failed", naming=("took back the cordon",)),
        )

    assert_ends_well(play, settings=QUICKLY)


async def leave_behind(stage: Stage, refresh: str) -> None:
    """What a refresh of this name leaves that is deleted by hand while a node is drained and a workload scaled."""
    found = {"unschedulable": False, "at": "2026-06-01T00:00:00Z", "scaleDownDisabled": None}
    marks = {f"repull.dev/{key}": refresh for key in ("cordoned-by", "stale", "refresh")}
    node = {
        "metadata": {
            "labels": marks | {"repull.dev/outcome": "refused"},
            "annotations": {"repull.dev/before": json.dumps(found | {"excludeFromLoadBalancers": None})},
        },
        "spec": {"unschedulable": True, "taints": [{"key": "repull.dev/stale", "effect": "NoSchedule"}]},
    }
    await stage.world.admin.patch("nodes", runbook.A2, node)
    scaled = {"labels": {"repull.dev/scaled-by": refresh}, "annotations": {"repull.dev/replicas": "4"}}
    zero = {"metadata": scaled, "spec": {"replicas": 0}}
    await stage.world.admin.patch("deployments", "diff-worker", zero, runbook.NAMESPACE)


def test_a_refresh_takes_back_what_a_deleted_one_of_its_name_has_left() -> None:
    """The next event of the cause opens it again under its old name, before a sweep has seen that it was gone.

    The right to scale has been taken away meanwhile: that holds up nothing else, and with it the sweep does the rest.
    """

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        await leave_behind(stage, "refresh-again")
        await open_refresh(stage, "refresh-again")
        await stage.sweep()
        await stage.refresh_is_over()
        told = any(rights.FILE in line["jsonPayload"]["message"] for line in stage.audit("repull.swept"))
        left = stage.world.view.get("deployments", "diff-worker", runbook.NAMESPACE)["spec"]["replicas"]
        ended = judge.refresh_ended(stage.world, "Succeeded", "Complete")
        await rights.let_scale(stage)
        await stage.sweep()
        await stage.until(lambda: bool(stage.audit("repull.scaled_up")), "the replicas are given back")
        return (
            ended,
            Check(says="without the right none are given back, and the file is named", holds=told and not left),
            judge.nothing_is_left(stage.world),
            judge.have_replicas(stage.world, runbook.NAMESPACE, runbook.REPLICAS),
            judge.were_reset(stage.world, ()),
        )

    assert_ends_well(play, in_vain=True)


def test_a_probe_is_taken_away_even_where_nobody_asks_again() -> None:
    """The invocation that made it has died, and the run was aborted before another one took the node up."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world

        def aborting() -> bool:
            return any((each.get("status") or {}).get("aborting") for each in stage.refreshes())

        async def abort_and_die() -> None:
            (refresh,) = stage.refreshes()
            await world.publish(deployment.STEPS_TOPIC, {"action": "abort", "refresh": name_of(refresh)})
            await stage.until(aborting, "the abort")
            await world.refresh.kill()

        made = Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="pods", after=abort_and_die)
        world.faults.add(made)
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, NODE)
        await stage.start(image=IMAGE, reason="a test", nodes=NODE)
        await stage.refresh_is_over()
        return (
            judge.nothing_is_left(world),
            judge.were_reset(world, ()),
            judge.refresh_ended(world, "Aborted", "Aborted"),
        )

    assert_ends_well(play)
