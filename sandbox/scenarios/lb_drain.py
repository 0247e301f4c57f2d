"""Load balancers are told of the cordon, and have their seconds to let go of the node before it is reset."""

import json
from datetime import datetime, timedelta

from sandbox import deployment, judge
from sandbox.books import Call
from sandbox.judge import Check
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.world import World

STALE = runbook.A1
SECONDS = 8
"""Longer than the drain takes, so that it is waited for."""
TOLD = "node.kubernetes.io/exclude-from-external-load-balancers"


async def play(stage: Stage) -> tuple[Check, ...]:
    await runbook.everything_runs(stage)
    runbook.go_stale(stage, STALE)
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    return (
        judge.were_reset(stage.world, [STALE]),
        had_their_time(stage.world),
        *ending.is_well(stage, [STALE]),
    )


def had_their_time(world: World) -> Check:
    """From the moment that the cordon's PATCH writes down until the run went on to the renewal, by the books.

    The reset itself comes later, by as long as the function takes to load what it asks Compute with.
    """
    told = [call for call in world.books.calls(api="kubernetes", verb="patch", resource="nodes") if _tells(call)]
    resets = world.books.calls(api="compute", verb="reset", name=STALE)
    going_on = [call.at for call in (*resets, *filter(_renews, world.books))]
    seconds = [(min(going_on) - _at(call)) / timedelta(seconds=1) for call in told if going_on]
    return Check(
        says=f"load balancers were told with the cordon, and had {SECONDS} s before the renewal began",
        holds=bool(seconds) and bool(resets) and min(seconds) >= SECONDS,
        why=f"told {len(told)} times, {', '.join(f'{each:.2f} s' for each in seconds)} before",
    )


def _renews(call: Call) -> bool:
    slots = (call.body.get("status") or {}).get("slots") or ()
    return call.user == deployment.REFRESH and any(slot.get("phase") == "Renew" for slot in slots)


def _tells(call: Call) -> bool:
    labels = (call.body.get("metadata") or {}).get("labels") or {}
    return call.user == deployment.REFRESH and call.name == STALE and labels.get(TOLD) == "true"


def _at(cordon: Call) -> datetime:
    found = json.loads(cordon.body["metadata"]["annotations"]["repull.dev/before"])
    return datetime.fromisoformat(found["at"])


SCENARIO = Scenario(
    name="lb-drain",
    shows="load balancers have their seconds to let go of a cordoned node, however soon it is empty, before its reset",
    play=play,
    settings={"REPULL_LB_DRAIN_SECONDS": str(SECONDS)},
)
