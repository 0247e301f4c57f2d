"""The whole crash matrix: every point alone, then pairs of points, drawn with a fixed seed.

Usage: python -m tests.proof.matrix [--scene NAME] [--points N] [--pairs N] [--seed N] [--of WORD] [--from N]

Prints a line for each kind of call, and the counts; how far a run has come is printed, so that another one can go on
from there. A point that is not reached fails, and so does one after which
the world is not as it must be; its story is printed, and the others go on in a new world.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

from sandbox.kube.client import ApiError
from tests.proof.crashes import Matrix, pairs
from tests.proof.gate import Point
from tests.proof.laboratory import laboratory
from tests.proof.scenes import SCENES, Scene
from tests.proof.waiting import Unprepared

SEED = 20260101
PAIRS = 2000
LONG = 15.0
"""Seconds after which a story is named: it waits for something that time should have brought."""
TOLD = 50
"""After so many stories a line says how far it is."""
WRONG = (AssertionError, Unprepared, ApiError, TimeoutError)
"""The product's fault or the laboratory's; the other stories are played all the same."""


@dataclass(kw_only=True)
class Tally:
    struck: Counter[str] = field(default_factory=Counter)
    reached: int = 0
    failures: list[str] = field(default_factory=list)


def main() -> int:
    """The exit status: 0 where every end was the same."""
    parser = argparse.ArgumentParser(description="The whole crash matrix")
    parser.add_argument("--scene", choices=SCENES, action="append", help="only this one; may be given several times")
    parser.add_argument("--points", type=int, default=None, help="only so many of them")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--of", default="", help="only the points of kinds with this word")
    parser.add_argument("--from", dest="skipped", type=int, default=0, help="leave out so many, of points and of pairs")
    chosen = parser.parse_args()
    return max([_play(SCENES[name], chosen) for name in chosen.scene or SCENES])


def _play(scene: Scene, chosen: argparse.Namespace) -> int:
    began = time.monotonic()
    run = _Run(scene)
    try:
        points = tuple(point for point in run.matrix().points() if chosen.of in point.kind)
        print(
            f"{scene.name}: {run.matrix().counts.total()} calls counted, {len(points)} points; seed {chosen.seed}",
            flush=True,
        )
        singles = run.all((point,) for point in points[chosen.skipped : chosen.points])
        for kind, number in sorted(singles.struck.items()):
            print(f"  {number:4} {kind}")
        each = math.ceil(chosen.pairs / len(chosen.scene or SCENES))
        both = run.all(islice(pairs(points, number=each, seed=chosen.seed), chosen.skipped, None))
    finally:
        run.close()
    failures = singles.failures + both.failures
    print(
        f"{scene.name}: {singles.struck.total()} single points and {both.struck.total()} pairs struck, both points of "
        f"{both.reached} reached; {len(failures)} failed; {time.monotonic() - began:.0f} s"
    )
    return 1 if failures else 0


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

    def all(self, rows: Iterable[tuple[Point, ...]]) -> Tally:
        tally = Tally()
        for points in rows:
            tally.struck[points[0].kind] += 1
            if tally.struck.total() % TOLD == 0:
                print(f"  {tally.struck.total()} struck", flush=True)
            began = time.monotonic()
            try:
                tally.reached += self.matrix().strike(*points) == len(points)
            except WRONG as error:
                said = " and ".join(map(str, points))
                tally.failures.append(said)
                print(f"FAILED {said}:\n{type(error).__name__}: {error}", flush=True)
                self.close()
            if (took := time.monotonic() - began) > LONG:
                print(f"  {' and '.join(map(str, points))} took {took:.0f} s", flush=True)
        return tally


if __name__ == "__main__":
    sys.exit(main())
