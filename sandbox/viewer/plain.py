"""Plain lines, for a pipe, a log file or a terminal that can do no more."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.viewer.journal import Journal, Kind, Line
from sandbox.viewer.picture import NodeRow, Picture
from sandbox.voice import say
from sandbox.world import World

_LOOK_SECONDS = 0.05
_MARKS = {Kind.STORY: "▶", Kind.MESSAGE: "✉", Kind.DIAGNOSIS: "🔎", Kind.STEP: "·", Kind.TROUBLE: "!"}


class Plain:
    """A `Screen`. A line for everything that happens, and for every node and refresh that changes."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def line(self, text: str = "") -> None:
        say(text)

    @asynccontextmanager
    async def showing(self, world: World, journal: Journal, title: str) -> AsyncIterator[None]:
        self.line(title)
        for line in journal.lines:
            self._say(line)
        journal.listeners.append(self._say)
        watching = asyncio.create_task(self._watch(world))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])
            journal.listeners.remove(self._say)

    def _say(self, line: Line) -> None:
        self._print(_MARKS[line.kind], line.text)

    def _print(self, mark: str, text: str) -> None:
        self.line(f"{time.monotonic() - self._began:6.2f}s {mark} {text}")

    async def _watch(self, world: World) -> None:
        before: dict[str, str] = {}
        while True:
            picture = Picture.of(world)
            seen = {row.name: _node(row) for row in picture.nodes}
            seen |= {row.name: f"{row.phase}, {row.counts} {row.message}".strip() for row in picture.refreshes}
            for name, text in seen.items():
                if before.get(name) != text:
                    self._print("■", f"{name}: {text}")
            before = seen
            await asyncio.sleep(_LOOK_SECONDS)


def _node(row: NodeRow) -> str:
    failing = sum(pod.status in ("ErrImagePull", "ImagePullBackOff") for pod in row.pods)
    words = [", ".join(row.states)]
    if row.phase:
        words.append(f"[{row.phase}]")
    if failing:
        words.append(f"{failing} pod(s) can't pull")
    return " ".join(words)
