"""Disorder by hand: as many stories as there is time for, other ones each time.

Usage: python -m tests.proof.disorder [--minutes N] [--seed N] [--first] [--plans NAME,...]

A story that fails is printed with its plan, a row for the table of `test_disorder`; the others go on in a new world,
unless only the first is wanted. The plans of breakages can be played by their names, instead of drawn ones.
"""

import argparse
import random
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

from tests.proof.disorder.breakages import BREAKAGES
from tests.proof.disorder.drawing import drawn
from tests.proof.disorder.plans import Plan
from tests.proof.disorder.story import SCENE, Disorder
from tests.proof.laboratory import Laboratory, laboratory


def main() -> int:
    """The exit status: 0 where all went well."""
    parser = argparse.ArgumentParser(description="Stories of disorder")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--first", action="store_true", help="end with the first that fails")
    parser.add_argument("--plans", help="of these breakages, separated by commas")
    chosen = parser.parse_args()
    ends, played, failed = time.monotonic() + 60 * chosen.minutes, 0, 0
    opened, here = ExitStack(), None
    for plan in _named(chosen.plans.split(",")) if chosen.plans else _drawn(chosen.seed):
        if time.monotonic() > ends or (failed and chosen.first):
            break
        here = here or opened.enter_context(laboratory(SCENE))
        played += 1
        if not _play(here, plan):
            failed += 1
            opened.close()
            here = None
    opened.close()
    print(f"{played} stories from seed {chosen.seed} on, {failed} failed")
    return 1 if failed else 0


def _drawn(seed: int) -> Iterator[Plan]:
    """Without an end, of this seed and those after it."""
    for number in count(seed):
        print(f"seed {number}", flush=True)
        yield from drawn(number)


def _named(names: list[str]) -> Iterator[Plan]:
    return (each.plan for each in BREAKAGES if each.name in names)


def _play(here: Laboratory, plan: Plan) -> bool:
    """Whether it went well; what did not is told. Any error is a finding: the product's or ours."""
    began = time.monotonic()
    try:
        Disorder(here, plan).play()
    except Exception:  # noqa: BLE001 - one story that goes wrong must not end the others
        print(f"FAILED after {time.monotonic() - began:.0f} s: {plan!r}", flush=True)
        traceback.print_exc(file=sys.stdout)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
