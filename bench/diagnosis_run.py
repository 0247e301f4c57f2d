"""One event after the other to a function with a stopwatch, and what each cost."""

import asyncio
import base64
import itertools
import json
import statistics
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from bench.diagnosis_cases import Case
from bench.diagnosis_lap import Lap
from sandbox import deployment
from sandbox.books import Call
from sandbox.functions import Function
from sandbox.world import World

WATCHED = Path(__file__).with_name("diagnosis_watch.py")
SECONDS = 30.0
"""For an answer, and for the stopwatch's line."""
AS_IN_PRODUCTION = {"REPULL_PROPAGATION_SECONDS": "600", "REPULL_MEMORY_SECONDS": "600"}

_WRITES = frozenset({"create", "update", "patch", "delete"})
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Of one diagnosis: its time, and what was asked until the verdict and after it."""

    lap: Lap
    asked: tuple[str, ...]
    asked_later: tuple[str, ...]

    @property
    def asked_in_all(self) -> tuple[str, ...]:
        return self.asked + self.asked_later


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """All diagnoses of one case; the first finds a process that knows nothing."""

    case: Case
    costs: list[Cost] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.case.verdict} by {self.case.settled_by}"

    @property
    def warm(self) -> list[Cost]:
        return self.costs[1:]

    @property
    def usual(self) -> Cost:
        """The one that asked for a median number of things: once a minute one asks again what is known too long."""
        return sorted(self.warm, key=lambda cost: len(cost.asked_in_all))[len(self.warm) // 2]

    @property
    def own(self) -> float:
        """Seconds at the 95th percentile, as `cpu` and `whole`."""
        return _p95([cost.lap.own for cost in self.warm])

    @property
    def cpu(self) -> float:
        return _p95([cost.lap.cpu for cost in self.warm])

    @property
    def whole(self) -> float:
        return _p95([cost.lap.whole for cost in self.warm])


class Watched:
    """A function whose verdicts are timed."""

    def __init__(self, world: World, settings: Mapping[str, str]) -> None:
        self._world = world
        self._laps: asyncio.Queue[Lap] = asyncio.Queue()
        self._said: list[dict[str, Any]] = []
        home = {**world.diagnose.environ, **AS_IN_PRODUCTION, **settings}
        self._function = Function(
            target="on_pull_event", environ=home, on_line=self._listen, source=WATCHED, python=sys.executable
        )

    @classmethod
    @asynccontextmanager
    async def running(cls, world: World, settings: Mapping[str, str]) -> AsyncIterator[Self]:
        watched = cls(world, settings)
        try:
            await watched._function.start()
            yield watched
        finally:
            await watched._function.stop()

    async def diagnose(self, case: Case) -> Cost:
        """Raises RuntimeError where it is not diagnosed, or not as this case must be."""
        async with case.failing(self._world) as event:
            before = len(self._world.books)
            async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as http:
                answer = await http.post(self._function.url, json=_push(event))
            async with asyncio.timeout(SECONDS):
                lap = await self._laps.get()
            calls = list(self._world.books)[before:]
        kind = self._said.pop()["kind"]
        if answer.status_code != 200 or kind != case.verdict:
            raise RuntimeError(f"{answer.status_code}, {kind} instead of {case.verdict} by {case.settled_by}")
        asked = [call for call in calls if _is_question(call)]
        return Cost(
            lap=lap,
            asked=tuple(f"{call.verb} {call.resource}" for call in asked if call.at <= lap.ended_at),
            asked_later=tuple(f"{call.verb} {call.resource}" for call in asked if call.at > lap.ended_at),
        )

    def _listen(self, _: str, line: str) -> None:
        if lap := Lap.read(line):
            self._laps.put_nowait(lap)
        elif '"repull.verdict"' in line:
            self._said.append(json.loads(line))


def _is_question(call: Call) -> bool:
    """A token of its own, which a process fetches once an hour, is none. No kubelet is there to show the nodes'."""
    by_us = call.user in (deployment.DIAGNOSE, deployment.NODES) and call.api != "metadata"
    return by_us and not (call.api == "kubernetes" and call.verb in _WRITES)


def _push(event: Mapping[str, Any]) -> dict[str, Any]:
    message = {"data": base64.b64encode(json.dumps(event).encode()).decode(), "messageId": str(next(_numbers))}
    return {"message": message, "subscription": f"projects/{deployment.PROJECT}/subscriptions/bench"}


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]
