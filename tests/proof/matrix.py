"""The whole crash matrix: every point alone, then pairs of points, drawn with a fixed seed.

Usage: python -m tests.proof.matrix [--scene NAME] [--points N] [--pairs N] [--seed N] [--of WORD] [--changing]
       [--from N]

Prints a line for each kind of call, and the counts; how far a scene has come is printed, so that another run can go on
from there. A point that is not reached fails, but for a read that tellings do without, which is named and left out. So
does one after which the world is not as it must be; its story is printed, and the others go on in a new world. Where a
story hangs, it is printed where its threads stand. That nothing was struck fails, too.
"""

import argparse
import faulthandler
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice

from sandbox.kube.client import ApiError
from tests.proof.crashes import Matrix, Unreached, changes, pairs
from tests.proof.gate import Point
from tests.proof.laboratory import laboratory
from tests.proof.scene import Scene
from tests.proof.scenes import SCENES
from tests.proof.waiting import Unprepared

SEED = 20260101
PAIRS = math.ceil(2000 / len(SCENES))
"""Of each scene."""
LONG = 15.0
"""Seconds after which a story is named: it waits for something that time should have brought."""
HANGS = 60.0
"""Seconds after which it is printed for what."""
TOLD = 50
"""After so many stories a line says how many are done, those that were left out among them."""
WRONG = (AssertionError, Unprepared, ApiError, TimeoutError)
"""The product's fault or the laboratory's; the other stories are played all the same."""

Numbered = tuple[int, tuple[Point, ...]]


@dataclass(kw_only=True)
class Tally:
    alone: Counter[str] = field(default_factory=Counter)  # single points, by their kinds
    pairs: int = 0
    reached: int = 0  # pairs of which both points were
    left_out: int = 0  # singles and pairs that tellings did without
    failures: list[str] = field(default_factory=list)

    def struck(self, points: tuple[Point, ...], *, reached: int) -> None:
        if len(points) == 1:
            self.alone[points[0].kind] += 1
        else:
            self.pairs += 1
            self.reached += reached > 1


def main() -> int:
    """The exit status: 0 where every end was the same."""
    parser = argparse.ArgumentParser(description="The whole crash matrix")
    parser.add_argument("--scene", choices=SCENES, action="append", help="only this one; may be given several times")
    parser.add_argument("--points", type=int, default=None, help="only so many of them")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="so many of each scene")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--of", default="", help="only the points of kinds with this word")
    parser.add_argument("--changing", action="store_true", help="only those at which something is changed")
    parser.add_argument("--from", dest="skipped", type=int, default=0, help="leave out so many of a scene's stories")
    chosen = parser.parse_args()
    played = [_play(SCENES[name], chosen) for name in chosen.scene or SCENES]
    if not any(tally.alone or tally.pairs for tally in played):
        print("FAILED: nothing was struck")
        return 1
    return 1 if any(tally.failures for tally in played) else 0


def stories(points: tuple[Point, ...], drawn: Iterable[tuple[Point, Point]], *, skipped: int) -> Iterator[Numbered]:
    """Every point alone, then the pairs, numbered from 1 through both; without the first `skipped`."""
    alone = ((point,) for point in points)
    return islice(enumerate(chain(alone, drawn), 1), skipped, None)


def told_without(error: Exception, point: Point) -> bool:
    """Whether it only says that tellings do without this call: how much is read depends on how fast the world is.

    What changes something must be done in each of them.
    """
    return isinstance(error, Unreached) and not changes(point.kind)


def _play(scene: Scene, chosen: argparse.Namespace) -> Tally:
    began = time.monotonic()
    run = _Run(scene)
    try:
        every = (point for point in run.matrix().points() if chosen.of in point.kind)
        points = tuple(point for point in every if changes(point.kind) or not chosen.changing)
        print(
            f"{scene.name}: {run.matrix().counts.total()} calls counted, {len(points)} points; seed {chosen.seed}",
            flush=True,
        )
        drawn = pairs(points, number=chosen.pairs, seed=chosen.seed) if len(points) > 1 else ()
        tally = run.all(stories(points[: chosen.points], drawn, skipped=chosen.skipped))
    finally:
        run.close()
    for kind, number in sorted(tally.alone.items()):
        print(f"  {number:4} {kind}")
    print(
        f"{scene.name}: {tally.alone.total()} single points and {tally.pairs} pairs struck, both points of "
        f"{tally.reached} reached; {tally.left_out} left out, {len(tally.failures)} failed; "
        f"{time.monotonic() - began:.0f} s"
    )
    return tally


class _Run:
    """One laboratory after the other: a story that went wrong leaves nothing that the next could trust."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._opened = ExitStack()
        self._matrix: Matrix | None = None

    def matrix(self) -> Matrix:
        if self._matrix is None:
            self._matrix = Matrix(laboratory=self._opened.enter_context(laboratory(self._scene)))
            self._matrix.count()
        return self._matrix

    def close(self) -> None:
        self._opened.close()
        self._matrix = None

    def all(self, numbered: Iterable[Numbered]) -> Tally:
        tally = Tally()
        for number, points in numbered:
            began, said = time.monotonic(), " and ".join(map(str, points))
            faulthandler.dump_traceback_later(HANGS, file=sys.stdout)
            try:
                tally.struck(points, reached=self.matrix().strike(*points))
            except WRONG as error:
                if told_without(error, points[0]):
                    tally.left_out += 1
                    print(f"  left out, told without: {said}", flush=True)
                else:
                    tally.struck(points, reached=0)
                    tally.failures.append(said)
                    print(f"FAILED {said}:\n{type(error).__name__}: {error}", flush=True)
                    self.close()
            finally:
                faulthandler.cancel_dump_traceback_later()
            if (took := time.monotonic() - began) > LONG:
                print(f"  {said} took {took:.0f} s", flush=True)
            if number % TOLD == 0:
                print(f"  {number} done", flush=True)
        return tally


if __name__ == "__main__":
    sys.exit(main())
