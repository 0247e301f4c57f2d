"""The function's real process is killed with SIGKILL, before and after calls that are spread over a node's whole road.

Usage: python -m tests.proof.kills [--ring N] [--points N]

The calls are counted first, in a run that nothing disturbs; each point then has a world of its own. Prints a line for
each, and the counts. A point that is not reached fails, as does one after which the world is not as it must be.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter

from sandbox import deployment
from sandbox.books import Call
from sandbox.scenarios.stage import Stage
from sandbox.world import running
from tests.e2e import smallest
from tests.e2e.crashing import Point, play_one_node, play_undisturbed
from tests.e2e.playing import EMBEDDED, assert_ends_well

POINTS = 100
APIS = frozenset({"kubernetes", "compute", "container"})
_UNTOLD = frozenset({"watch"})
"""How often something is watched depends on how fast the machines are."""


def main() -> int:
    """The exit status: 0 where every end was the same."""
    parser = argparse.ArgumentParser(description="Kills of the function's process")
    parser.add_argument("--ring", type=int, default=1)
    parser.add_argument("--points", type=int, default=POINTS)
    chosen = parser.parse_args()
    counts = asyncio.run(_counted(chosen.ring))
    points = _spread(counts, chosen.points)
    print(f"ring {chosen.ring}: {counts.total()} calls counted, {len(points)} points", flush=True)
    failed = [point.says for point in points if not _ends_well(point, chosen.ring)]
    print(f"ring {chosen.ring}: {len(points)} kills, {len(failed)} failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


async def _counted(ring: int) -> Counter[tuple[str, str, str]]:
    """The function's calls on the road of one node, by API, verb and resource, in the order of the first of each."""
    async with running(ring=ring, environ=EMBEDDED) as world:
        stage = Stage(world=world, say=print)
        await smallest.everything_runs(stage)
        await play_undisturbed(stage)
        calls = world.books.calls(user=deployment.REFRESH)
        return Counter(_kind(call) for call in calls if call.api in APIS and call.verb not in _UNTOLD)


def _kind(call: Call) -> tuple[str, str, str]:
    return call.api, call.verb, call.resource


def _spread(counts: Counter[tuple[str, str, str]], number: int) -> tuple[Point, ...]:
    """So many of all points, evenly; of each kind all but the last call, which a faster world may not make."""
    every = [
        Point(
            says=f"{'after' if done else 'before'} {verb} {resource} {nth}",
            api=api,
            verb=verb,
            resource=resource,
            first=nth,
            done=done,
        )
        for (api, verb, resource), count in counts.items()
        for nth in range(1, max(1, count - 1) + 1)
        for done in (False, True)
    ]
    wanted = min(number, len(every))
    return tuple(every[len(every) * index // wanted] for index in range(wanted))


def _ends_well(point: Point, ring: int) -> bool:
    began = time.monotonic()
    try:
        assert_ends_well(lambda stage: play_one_node(stage, point), ring=ring)
    except Exception as error:  # noqa: BLE001 - a world that breaks down must not end the others
        print(f"FAILED {point.says}:\n{type(error).__name__}: {error}", flush=True)
        return False
    print(f"  {point.says}: {time.monotonic() - began:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
