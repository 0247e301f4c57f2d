"""Somebody deletes the NodeRefresh while a node is drained: nothing is renewed any more, and the sweep cleans up."""

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

CHOSEN = runbook.A2


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    deleted: list[str] = []

    async def delete() -> None:
        for refresh in stage.refreshes():
            deleted.append(name_of(refresh))
            await world.admin.delete("noderefreshes", name_of(refresh))
            stage.say(f"somebody runs kubectl delete noderefresh {name_of(refresh)} while {CHOSEN} is drained")

    world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="pods/eviction", after=delete)
    )
    await stage.start(force=True, nodes=CHOSEN, image=runbook.image("ocr-worker", "v1"), reason="rotated the account")
    await stage.until(lambda: bool(deleted), "the drain, in which the NodeRefresh is deleted")
    await stage.until(lambda: _noticed(stage), "that the function finds it deleted, and leaves off")
    stage.say("nobody is left who would give the node back; the sweep does")
    await stage.sweep()
    await stage.until(lambda: judge.nothing_is_left(world).holds, "the sweep")
    await runbook.settles(stage)
    return (
        judge.nothing_is_left(world),
        judge.no_refresh(world),
        judge.were_reset(world, ()),
        judge.no_node_was_cordoned(world, but=[CHOSEN]),
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
    )


def _noticed(stage: Stage) -> bool:
    """By its message, which is delivered again once the invocation that was at work has left off."""
    return any("does not exist" in line["jsonPayload"]["message"] for line in stage.audit("repull.noise"))


SCENARIO = Scenario(
    name="refresh-deleted",
    shows="somebody deletes the NodeRefresh while a node is drained: nothing is renewed, and the sweep cleans up",
    play=play,
)
