"""The whole crash matrix: every point alone, then pairs of points, drawn with a fixed seed.

Usage: python -m tests.proof.matrix [--scene NAME] [--points N] [--pairs N] [--seed N] [--of WORD]
       [--changing | --reading] [--from N] [--jobs N]

Several scenes have a process each, as many at a time as the machine has processors; what one says is printed once it
has ended, and what all of them have struck in the last line.

Prints a line for each kind of call, and the counts; how far a scene has come is printed, so that another run can go on
from there. A point that is not reached fails, but for a read that tellings do without, which is named and left out, and
for one of a pair, which the other's death has spared; how many pairs were struck at both is printed. A point after
which the world is not as it must be fails, too: its story is printed, and the others go on in a new world. Where a
story hangs, it is printed where its threads stand. A scene that ends otherwise than it says though nothing disturbs it
fails, and the other scenes go on. That nothing was struck fails, too.
"""

import argparse
import math
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, islice
from subprocess import PIPE, STDOUT
from threading import Timer

from sandbox.kube.client import ApiError
from tests.proof.crashes import Matrix, Unreached, changes, pairs
from tests.proof.gate import Point
from tests.proof.laboratory import laboratory
from tests.proof.scene import Scene
from tests.proof.scenes import SCENES
from tests.proof.tally import Tally, Totals
from tests.proof.waiting import Unprepared

SEED = 20260101
PAIRS = math.ceil(2500 / len(SCENES))
"""Of each scene: more than 2000 of them strike at both points."""
LONG = 15.0
"""Seconds after which a story is named: it waits for something that time should have brought."""
HANGS = 60.0
"""Seconds after which it is printed for what."""
DEEPEST = 12
"""Calls of each thread are printed."""
TOLD = 50
"""After so many stories a line says how many are done, those that were left out among them."""
WRONG = (AssertionError, Unprepared, ApiError, TimeoutError)
"""The product's fault or the laboratory's; the other stories are played all the same."""

Numbered = tuple[int, tuple[Point, ...]]


def main() -> int:
    """The exit status: 0 where every end was the same."""
    which = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    which.add_argument("--scene", choices=SCENES, action="append", help="only this one; may be given several times")
    which.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="scenes that are played at a time")
    parser = argparse.ArgumentParser(description="The whole crash matrix", parents=[which], allow_abbrev=False)
    parser.add_argument("--points", type=int, default=None, help="only so many of them")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="so many of each scene")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--of", default="", help="only the points of kinds with this word")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--changing", action="store_const", const=(True,), help="only those at which something changes")
    kinds.add_argument("--reading", action="store_const", const=(False,), dest="changing", help="only the others")
    parser.add_argument("--from", dest="skipped", type=int, default=0, help="leave out so many of a scene's stories")
    chosen = parser.parse_args()
    names = chosen.scene or list(SCENES)
    if len(names) == 1:
        totals = _play(SCENES[names[0]], chosen)
    else:
        totals = apart(names, tuple(which.parse_known_args()[1]), jobs=chosen.jobs)
    if not totals.alone + totals.pairs + totals.failed:
        print("nothing was struck")
    return 0 if totals.alone + totals.pairs and not totals.failed else 1


def apart(names: Sequence[str], options: tuple[str, ...], *, jobs: int) -> Totals:
    """Each in a process of its own; what one says is shown together."""
    began = time.monotonic()

    def play(name: str) -> Totals:
        command = (sys.executable, "-m", "tests.proof.matrix", "--scene", name, *options)
        played = subprocess.run(command, stdout=PIPE, stderr=STDOUT, text=True, errors="replace", check=False)
        totals = Totals.said(played.stdout)
        died = "" if totals else f"FAILED {name}: its process ended with {played.returncode} before it was through\n"
        print(f"{played.stdout}{died}", end="", flush=True)
        return totals or Totals(failed=1)

    with ThreadPoolExecutor(jobs) as pool:
        totals = Totals.of(pool.map(play, names))
    print(f"{len(names)} scenes: {totals}; {time.monotonic() - began:.0f} s")
    return totals


def stories(points: tuple[Point, ...], drawn: Iterable[tuple[Point, Point]], *, skipped: int) -> Iterator[Numbered]:
    """Every point alone, then the pairs, numbered from 1 through both; without the first `skipped`."""
    alone = ((point,) for point in points)
    return islice(enumerate(chain(alone, drawn), 1), skipped, None)


def told_without(error: Exception, point: Point) -> bool:
    """Whether it only says that tellings do without this call: how much is read depends on how fast the world is.

    What changes something must be done in each of them.
    """
    return isinstance(error, Unreached) and not changes(point.kind)


def _play(scene: Scene, chosen: argparse.Namespace) -> Totals:
    began, tally, run = time.monotonic(), Tally(), _Run(scene)
    try:
        if points := _points(run, chosen, tally):
            drawn = pairs(points, number=chosen.pairs, seed=chosen.seed) if len(points) > 1 else ()
            run.all(stories(points[: chosen.points], drawn, skipped=chosen.skipped), tally)
    finally:
        run.close()
    for kind, number in sorted(tally.alone.items()):
        print(f"  {number:4} {kind}")
    print(f"{scene.name}: {tally.totals}; {time.monotonic() - began:.0f} s")
    return tally.totals


def _points(run: "_Run", chosen: argparse.Namespace, tally: Tally) -> tuple[Point, ...]:
    """None, where the scene fails though nothing disturbs it."""
    try:
        matrix = run.matrix()
    except WRONG as error:
        tally.failed(f"{run.scene.name}, though nothing disturbs it", error)
        return ()
    every = (point for point in matrix.points() if chosen.of in point.kind)
    points = tuple(point for point in every if changes(point.kind) in (chosen.changing or (True, False)))
    print(
        f"{run.scene.name}: {matrix.counts.total()} calls counted, {len(points)} points; seed {chosen.seed}", flush=True
    )
    return points


class _Run:
    """One laboratory after the other: a story that went wrong leaves nothing that the next could trust."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._opened = ExitStack()
        self._matrix: Matrix | None = None

    def matrix(self) -> Matrix:
        if self._matrix is None:
            self._matrix = Matrix(laboratory=self._opened.enter_context(laboratory(self.scene)))
            self._matrix.count()
        return self._matrix

    def close(self) -> None:
        self._opened.close()
        self._matrix = None

    def all(self, numbered: Iterable[Numbered], tally: Tally) -> None:
        for number, points in numbered:
            began, said = time.monotonic(), " and ".join(map(str, points))
            hangs = Timer(HANGS, print_stacks)
            hangs.daemon = True
            hangs.start()
            try:
                tally.struck(points, reached=self.matrix().strike(*points))
            except WRONG as error:
                if told_without(error, points[0]):
                    tally.left_out += 1
                    print(f"  left out, told without: {said}", flush=True)
                else:
                    tally.struck(points, reached=0)
                    tally.failed(said, error)
                    self.close()
            finally:
                hangs.cancel()
            if (took := time.monotonic() - began) > LONG:
                print(f"  {said} took {took:.0f} s", flush=True)
            if number % TOLD == 0:
                print(f"  {number} done", flush=True)


def print_stacks() -> None:
    """Where every thread stands. Python's faulthandler looks without its lock, and ended a busy process by a fault."""
    for ident, frame in sys._current_frames().items():
        print(f"  thread {ident} stands at\n{''.join(traceback.format_stack(frame)[-DEEPEST:])}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
