"""Half of the nodes may be out of service: once the canary is back, two go at the same time, and never a third."""

from sandbox import judge
from sandbox.absences import absences
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = (runbook.A1, runbook.A2, runbook.B1)
HALF, AT_ONCE = "50%", 2


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    machines = runbook.go_stale(stage, *STALE)

    async def hang() -> None:
        """So that it is seen that both are away, however busy this computer is."""
        for machine in machines:
            machine.boots = False

    second = world.faults.add(Fault(api="compute", verb="reset", first=2, before=hang))
    await runbook.roll_out(stage, "v2")
    await stage.until(lambda: second.seen > 1, "the second node's reset")
    await stage.until(lambda: _cordoned(stage) == AT_ONCE, "two nodes that are away together")
    world.faults.clear()  # a reset that comes too late to be waited for must not hang what nobody lets boot again
    for machine in machines:
        machine.boots = True
    await ending.comes(stage)
    return (
        judge.were_reset(world, STALE),
        _canary_alone_and_the_others_together(stage),
        *ending.is_well(stage, STALE, at_once=AT_ONCE),
    )


def _cordoned(stage: Stage) -> int:
    return sum(bool(node["spec"].get("unschedulable")) for node in stage.world.view.list("nodes"))


def _canary_alone_and_the_others_together(stage: Stage) -> Check:
    found = absences(stage.world)
    holds = len(found) == len(STALE) and found[0].until <= found[1].since and found[2].since < found[1].until
    return Check(
        says="the canary was back before any other node went, and then two were out of service together",
        holds=holds,
        why=", ".join(map(str, found)),
    )


SCENARIO = Scenario(
    name="two-at-once",
    shows="half of the nodes may be out of service: once the canary is back, two go together, and never a third",
    play=play,
    settings={"REPULL_MAX_UNAVAILABLE": HALF, "REPULL_BOOT_SECONDS": "400"},  # they hang while two are waited for
)
