"""Where on its road the process of on_refresh_step is killed."""

from dataclasses import dataclass

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from sandbox.world import World
from tests.e2e import smallest


@dataclass(frozen=True, kw_only=True)
class Point:
    """The `first`-th call of a kind that the function makes; `done` says whether it took effect before the crash."""

    says: str
    verb: str
    resource: str
    first: int = 1
    done: bool
    api: str = "kubernetes"

    def strike(self, world: World) -> Fault:
        """Kill it there."""
        return world.faults.add(
            Fault(
                api=self.api,
                user=deployment.REFRESH,
                verb=self.verb,
                resource=self.resource,
                first=self.first,
                before=None if self.done else world.refresh.kill,
                after=world.refresh.kill if self.done else None,
            )
        )

    def reached(self, world: World, fault: Fault) -> tuple[Check, ...]:
        return (
            Check(says="the point was reached", holds=fault.seen >= self.first),
            Check(says="the function was killed once, and replaced", holds=world.refresh.instances == 2),
        )


def same_end(world: World, *, namespace: str, reset: tuple[str, ...], fresh: int) -> tuple[Check, ...]:
    """Every pod runs, each stale machine was reset exactly once, one at a time, and nothing of ours is left."""
    return (
        judge.every_pod_is_ready(world, namespace),
        judge.were_reset(world, reset),
        judge.one_at_a_time(world),
        judge.nothing_is_left(world),
        judge.refresh_ended(world, "Succeeded", "Complete"),
        judge.counted(world, renewed=len(reset), fresh=fresh),
        judge.no_dead_letter(world),
    )


async def play_one_node(stage: Stage, point: Point) -> tuple[Check, ...]:
    """The road of one node, in the smallest cluster; the process dies once on it, and the end is the same."""
    world = stage.world
    await smallest.everything_runs(stage)
    fault = point.strike(world)
    await play_undisturbed(stage)
    reset = (smallest.STALE,)
    return point.reached(world, fault) + same_end(world, namespace=runbook.NAMESPACE, reset=reset, fresh=0)


async def play_undisturbed(stage: Stage) -> None:
    """From the failure of one node, where everything runs, until its refresh is over."""
    runbook.go_stale(stage, smallest.STALE)
    await stage.start(image=smallest.IMAGE, reason="a test", nodes=smallest.STALE)
    await stage.refresh_is_over()
    await smallest.settles(stage)
