"""The function's process is killed before or after a call, anywhere on a node's road: the end state is the same.

`make test` plays one of the points on simulated machines and three on real ones, `make test WHOLE=1` all of them,
and `make crash-matrix` many more.
"""

import pytest

from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.again import again
from tests.e2e.crashing import Point, play_one_node, same_end
from tests.e2e.playing import assert_ends_well
from tests.rings import rings

STALE = (runbook.A1, runbook.B1)
LEASE = Point(says="the-lease-is-taken", verb="create", resource="leases", done=True)
PROBE = Point(says="a-probe-is-created", verb="create", resource="pods", done=True)
TAINT = Point(says="the-stale-taint-is-set", verb="patch", resource="nodes", done=True)
EVICTION = Point(says="an-eviction-is-asked-for", verb="create", resource="pods/eviction", done=True)
BEFORE_RESET = Point(says="before-the-reset", api="compute", verb="reset", resource="instances", done=False)
RESET = Point(says="the-machine-is-reset", api="compute", verb="reset", resource="instances", done=True)
PROOF = Point(says="the-proof-is-asked-for", verb="create", resource="pods", first=2, done=True)
LATE = Point(says="a-late-progress-write", verb="update", resource="noderefreshes/status", first=16, done=False)

OF_TWO_NODES = (
    LEASE,
    PROBE,
    TAINT,
    Point(says="before-the-cordon", verb="patch", resource="nodes", first=3, done=False),
    Point(says="the-node-is-cordoned", verb="patch", resource="nodes", first=3, done=True),
    EVICTION,
    BEFORE_RESET,
    RESET,
    Point(says="before-the-second-reset", api="compute", verb="reset", resource="instances", first=2, done=False),
    Point(says="a-progress-write", verb="update", resource="noderefreshes/status", first=12, done=True),
    LATE,
)
OF_ONE_NODE = (
    LEASE,
    PROBE,
    TAINT,
    Point(says="before-the-cordon", verb="patch", resource="nodes", first=2, done=False),
    Point(says="the-node-is-cordoned", verb="patch", resource="nodes", first=2, done=True),
    EVICTION,
    BEFORE_RESET,
    RESET,
    PROOF,
    Point(says="the-node-is-open-again", verb="patch", resource="nodes", first=3, done=True),
)


@pytest.mark.parametrize("point", again(OF_TWO_NODES, but=(BEFORE_RESET,)), ids=lambda point: point.says)
def test_the_end_state_is_the_same(point: Point) -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        await runbook.everything_runs(stage)
        fault = point.strike(world)
        runbook.go_stale(stage, *STALE)
        await runbook.roll_out(stage, "v2")
        await stage.refresh_is_over()
        await runbook.settles(stage)
        return point.reached(world, fault) + same_end(world, namespace=runbook.NAMESPACE, reset=STALE, fresh=2)

    assert_ends_well(play)


@pytest.mark.parametrize("ring", rings(3))
@pytest.mark.parametrize("point", again(OF_ONE_NODE, but=(EVICTION, RESET, PROOF)), ids=lambda point: point.says)
@pytest.mark.timeout(600)
def test_the_end_state_is_the_same_on_real_machines(point: Point, ring: int) -> None:
    """The road of one node, whose machine, kubelet and pods don't wait for anybody."""
    assert_ends_well(lambda stage: play_one_node(stage, point), ring=ring)
