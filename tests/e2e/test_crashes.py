"""The function's process is killed before or after a call, anywhere on a node's road: the end state is the same."""

from dataclasses import dataclass

import pytest

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well

STALE = (runbook.A1, runbook.B1)


@dataclass(frozen=True, kw_only=True)
class Point:
    """The `first`-th call of a kind that on_refresh_step makes; `done` says whether it took effect before the crash."""

    says: str
    verb: str
    resource: str
    first: int = 1
    done: bool
    api: str = "kubernetes"


POINTS = (
    Point(says="the-lease-is-taken", verb="create", resource="leases", done=True),
    Point(says="a-probe-is-created", verb="create", resource="pods", done=True),
    Point(says="the-stale-taint-is-set", verb="patch", resource="nodes", done=True),
    Point(says="before-the-cordon", verb="patch", resource="nodes", first=3, done=False),
    Point(says="the-node-is-cordoned", verb="patch", resource="nodes", first=3, done=True),
    Point(says="an-eviction-is-asked-for", verb="create", resource="pods/eviction", done=True),
    Point(says="before-the-reset", api="compute", verb="reset", resource="instances", done=False),
    Point(says="the-machine-is-reset", api="compute", verb="reset", resource="instances", done=True),
    Point(says="before-the-second-reset", api="compute", verb="reset", resource="instances", first=2, done=False),
    Point(says="a-progress-write", verb="update", resource="noderefreshes/status", first=12, done=True),
    Point(says="a-late-progress-write", verb="update", resource="noderefreshes/status", first=16, done=False),
)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.says)
def test_the_end_state_is_the_same(point: Point) -> None:
    """Every pod runs, each stale machine was reset exactly once, one at a time, and nothing of ours is left."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await runbook.everything_runs(stage)
        fault = Fault(
            api=point.api,
            user=deployment.REFRESH,
            verb=point.verb,
            resource=point.resource,
            first=point.first,
            before=None if point.done else world.refresh.kill,
            status=0 if point.done else 503,  # instead of the work; nobody is left to read it
            after=world.refresh.kill if point.done else None,
        )
        world.faults.add(fault)
        runbook.go_stale(stage, *STALE)
        await runbook.roll_out(stage, "v2")
        await stage.refresh_is_over()
        await runbook.settles(stage)
        return (
            Check(says="the point was reached", holds=fault.seen >= point.first),
            Check(says="the function was killed once, and replaced", holds=world.refresh.instances == 2),
            judge.every_pod_is_ready(world, runbook.NAMESPACE),
            judge.were_reset(world, STALE),
            judge.one_at_a_time(world),
            judge.nothing_is_left(world),
            judge.refresh_ended(world, "Succeeded", "Complete"),
            judge.counted(world, renewed=2, fresh=2),
            judge.no_dead_letter(world),
        )

    assert_ends_well(play)
