"""The function's real process is killed with SIGKILL, before and after calls that are spread over a node's whole road.

Usage: python -m tests.proof.kills [--ring N] [--points N] [--scene NAME]

The calls of each scene are counted first, in two runs that nothing disturbs; then each point has a story of its own,
in the same world as long as that is sound. Prints a line for each, and the counts. A point that is not reached fails,
as does one after which the world is not as it must be.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sandbox import deployment
from sandbox.books import Call
from sandbox.faults import Fault
from sandbox.scenarios.stage import Stage
from sandbox.world import running
from tests.e2e import roles, smallest
from tests.e2e.crashing import Point
from tests.e2e.playing import EMBEDDED
from tests.proof.ending import ending
from tests.proof.evidence import Before, Evidence
from tests.proof.invariants import broken
from tests.proof.preparing import prepare, runs
from tests.proof.scene import Act, Scene
from tests.proof.scenes import SCENES

POINTS = 100
PLAYED = {1: ("reset", "recreate", "stop-start", "scale-workloads", "escalated"), 3: ("reset",)}
"""By ring: scenes whose every point is one of the function's own calls, and on whose road a machine is renewed."""
TRIES = 3
"""Of one point: how often the world is read depends on how fast it is, so a call may be made once less."""
PATIENT = {"REPULL_PROBE_SECONDS": "60", "REPULL_BOOT_SECONDS": "120", "REPULL_READY_SECONDS": "120"}
"""Nothing here is to end because the machine has other work."""
APIS = frozenset({"kubernetes", "compute", "container"})
_UNTOLD = frozenset({"watch"})
"""How often something is watched depends on how fast the machines are."""

Kind = tuple[str, str, str]
"""API, verb, resource."""


class Wrong(Exception):
    """The world is not as it must be; the message says in which ways."""


def main() -> int:
    """The exit status: 0 where every end was the same."""
    parser = argparse.ArgumentParser(description="Kills of the function's process")
    parser.add_argument("--ring", type=int, default=1)
    parser.add_argument("--points", type=int, default=POINTS)
    choices = sorted({name for names in PLAYED.values() for name in names})
    parser.add_argument("--scene", choices=choices, action="append", help="only this one; may be given several times")
    chosen = parser.parse_args()
    names = chosen.scene or PLAYED.get(chosen.ring, PLAYED[1])
    shares = [chosen.points * index // len(names) for index in range(len(names) + 1)]
    ended: dict[str, bool] = {}
    for name, (begin, end) in zip(names, pairwise(shares), strict=True):
        ended |= asyncio.run(_play(SCENES[name], chosen.ring, end - begin))
    failed = [says for says, well in ended.items() if not well]
    print(f"ring {chosen.ring}: {len(ended)} kills, {len(failed)} failed: {'; '.join(failed) or 'none'}")
    return 1 if failed else 0


async def _play(scene: Scene, ring: int, number: int) -> dict[str, bool]:
    """Whether it ended well, for each point."""
    ended = {}
    async with AsyncExitStack() as stack:
        playing = await stack.enter_async_context(_opened(scene, ring))
        points = _spread(playing.counts, number)
        print(f"ring {ring}, {scene.name}: {playing.counts.total()} calls counted, {len(points)} points", flush=True)
        for point in points:
            began, says = time.monotonic(), f"{scene.name}, {point.says}"
            try:
                await playing.kill(point)
            except Exception as error:  # noqa: BLE001 - a world that breaks down must not end the others
                print(f"FAILED {says}:\n{type(error).__name__}: {error}", flush=True)
                ended[says] = False
                await stack.aclose()
                playing = await stack.enter_async_context(_opened(scene, ring))
            else:
                print(f"  {point.says}: {time.monotonic() - began:.0f} s", flush=True)
                ended[says] = True
    return ended


@asynccontextmanager
async def _opened(scene: Scene, ring: int) -> AsyncIterator["_Playing"]:
    """Only the function that is killed runs: what fails to pull in a scene is its own affair."""
    settings = PATIENT | dict(scene.settings)
    async with running(ring=ring, settings=settings, environ=EMBEDDED, functions=False) as world:
        stage = Stage(world=world, say=lambda _: None)
        await smallest.everything_runs(stage, scene.nodes, scene.pools)
        await world.refresh.start()
        playing = _Playing(stage=stage, scene=scene)
        await playing.count()
        yield playing


@dataclass(kw_only=True)
class _Playing:
    """One world, in which the scene is played again and again."""

    stage: Stage
    scene: Scene
    counts: Counter[Kind] = field(default_factory=Counter)
    standing: AsyncExitStack = field(default_factory=AsyncExitStack)
    twin: dict[str, Any] | None = None

    async def count(self) -> None:
        """The function's calls where nothing disturbs it; one that only one of two runs makes is no point."""
        for _ in range(2):
            await self._play(None)
            self.twin = ending(self.stage)
            calls = self.stage.world.books.calls(user=deployment.REFRESH)
            counted = Counter(_kind(call) for call in calls if call.api in APIS and call.verb not in _UNTOLD)
            self.counts = self.counts & counted or counted

    async def kill(self, point: Point) -> None:
        """The process is killed there once. Raises Wrong where it was not, or where the end is another."""
        for _ in range(TRIES):
            instances = self.stage.world.refresh.instances
            fault = await self._play(point)
            if fault is not None and fault.seen >= point.first:
                if (deaths := self.stage.world.refresh.instances - instances) != 1:
                    raise Wrong(f"the process has died {deaths} times")
                return
        raise Wrong("never reached")

    async def _play(self, point: Point | None) -> Fault | None:
        stage, scene, world = self.stage, self.scene, self.stage.world
        await prepare(stage, scene, self.standing)
        before = Before.of(world)
        for (kind, nth), act in scene.amid.items():
            verb, resource = kind.split()
            world.faults.add(self._interference(verb, resource, nth, act))
        fault = point.strike(world) if point else None
        await stage.start(**{name: value for name, value in scene.start.items() if name != "action"})
        await stage.refresh_is_over()

        def wrong() -> tuple[str, ...]:
            told = Evidence(world=world, before=before, at_rest=True, twin=self.twin, ending=ending(stage))
            beyond = tuple(f"its roles don't let it {each}" for each in roles.beyond(world.books))
            dark = () if runs(stage, scene) else ("not every node and pod runs",)
            return broken(told) + beyond + dark

        if not await stage.until(lambda: not wrong(), "that all is well", seconds=30):
            said = [f"{line['event']}: {line['message']}" for line in self._told()]
            raise Wrong("\n".join((*wrong(), "", *said)))
        await self._falls_silent()
        return fault

    def _interference(self, verb: str, resource: str, nth: int, act: Act) -> Fault:
        async def acting() -> None:
            await act(self.stage)

        return Fault(user=deployment.REFRESH, verb=verb, resource=resource, first=nth, before=acting)

    def _told(self) -> list[dict[str, Any]]:
        """By the function, of the present refresh."""
        names = {each["metadata"]["name"] for each in self.stage.refreshes()}
        lines = (entry.get("jsonPayload") or {} for entry in self.stage.world.logs)
        return [line for line in lines if line.get("event") and line.get("refresh") in names]

    async def _falls_silent(self) -> None:
        """What is still on its way must not reach into the next story."""
        calls, known = self.stage.world.books, -1
        while (now := len(calls.calls(user=deployment.REFRESH))) != known:
            known = now
            await asyncio.sleep(0.5)


def _kind(call: Call) -> Kind:
    return call.api, call.verb, call.resource


def _spread(counts: Counter[Kind], number: int) -> tuple[Point, ...]:
    """So many of all points, evenly."""
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
        for nth in range(1, count + 1)
        for done in (False, True)
    ]
    wanted = min(number, len(every))
    return tuple(every[len(every) * index // wanted] for index in range(wanted))


if __name__ == "__main__":
    sys.exit(main())
