"""The crash matrix: where processes may die, and one story for each such point.

The points are counted first, in a run that nothing disturbs. Then each is struck, alone or in pairs.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox import deployment
from tests.proof.ending import ending
from tests.proof.gate import CHANGING, Gate, Point
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story
from tests.proof.watch import ends_as, watched

TRIES = 4
"""Of one point: how often the world is read depends on how fast its machines are, so a call may be made once less."""


HARMLESS = ("delete pods", "create events", "patch events", "publish step")
"""What may come late: its own probe is taken away, what it had done is told, and a nudge is only that."""


class Unreached(AssertionError):
    """So many tellings did without the call of a point. Each of them ended well."""


@dataclass(kw_only=True)
class Matrix:
    """All points of one laboratory's story."""

    laboratory: Laboratory
    twin: dict[str, Any] = field(default_factory=dict)
    spared: dict[str, Any] | None = None  # the end where the scene's turn was never made; the first of them is the twin
    counts: Counter[str] = field(default_factory=Counter)

    def count(self) -> None:
        """Two runs that nothing disturbs: a call that only one of them makes is no point.

        Nor is one more after a lost race: the cluster's own controllers write nodes as well.
        """
        self.tell()
        once = self.counts
        self.tell()
        self.counts &= once

    def tell(self) -> None:
        """Once, undisturbed: this is the end that every other telling must have. All that is to happen in it does."""
        self.laboratory.prepare()
        story = watched(self.laboratory, Story(laboratory=self.laboratory))
        story.play(story.start)
        assert self.laboratory.until_quiet(), story.told()
        self.counts, self.twin = Counter(story.gate.counts) - self._lost_races(), ending(self.laboratory)
        ends_as(self.laboratory, story, self.twin)
        never = [f"{kind} {nth}" for kind, nth in self.laboratory.scene.amid if story.gate.counts[kind] < nth]
        assert not never, f"nothing happens at {', '.join(never)}, which never came: {story.told()}"
        assert [each["phase"] for each in self.twin["refreshes"]] == self.laboratory.scene.phases, story.told()

    def _lost_races(self) -> Counter[str]:
        lost = self.laboratory.world.books.calls(api="kubernetes", user=deployment.REFRESH, status=409)
        return Counter(f"{call.verb} {call.resource}" for call in lost if call.verb in ("patch", "update"))

    def points(self) -> tuple[Point, ...]:
        """Before and after each call."""
        return tuple(
            Point(kind=kind, nth=nth, done=done)
            for kind, count in sorted(self.counts.items())
            for nth in range(1, count + 1)
            for done in (False, True)
        )

    def strike(self, *points: Point) -> int:
        """Processes die at these points. How many were reached: a death may spare the next process a later point.

        Raises Unreached where none was.
        """
        for _ in range(TRIES):
            self.laboratory.prepare()
            story = Story(laboratory=self.laboratory, gate=Gate(strikes=points))
            watched(self.laboratory, story).play(story.start)
            self._ends_well(story)
            if story.gate.reached:
                return len(story.gate.reached)
        raise Unreached(f"never reached: {', nor '.join(map(str, points))}")

    def _ends_well(self, story: Story) -> None:
        here = self.laboratory
        if not any((each.kind, each.nth) == here.scene.turn and not each.done for each in story.gate.reached):
            ends_as(here, story, self.twin)
            return
        ends_as(here, story, self.spared)
        self.spared = ending(here)
        assert [each["phase"] for each in self.spared["refreshes"]] == here.scene.phases, story.told()


def changing(points: Iterable[Point]) -> tuple[Point, ...]:
    """Those at which something is written, published or renewed."""
    return tuple(point for point in points if changes(point.kind))


def changes(kind: str) -> bool:
    """Whether something is not as before after such a call."""
    return kind.split(maxsplit=1)[0] in CHANGING


def harms(kind: str) -> bool:
    """Whether it must not come late, of whoever was overtaken meanwhile."""
    return changes(kind) and kind not in HARMLESS


def pairs(points: tuple[Point, ...], *, number: int, seed: int) -> Iterator[tuple[Point, Point]]:
    """Drawn with a fixed seed: the same every time."""
    drawn = random.Random(seed)
    for _ in range(number):
        first, second = drawn.sample(points, 2)
        yield first, second
