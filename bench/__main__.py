"""Measures, and prints one table: what it is, how much, what was promised, pass or short."""

import argparse
import asyncio
import functools
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from bench import classifier, cold_start, diagnosis, duplicates, handover
from bench.figures import Figure, table
from bench.scale import drain, renewals, script, steps
from sandbox.hosting import end_in_order, stay_on_loopback
from sandbox.real import needs, programs
from sandbox.real.binaries import Binaries
from sandbox.real.building import BuildFailed

Section = tuple[str, Callable[[], Awaitable[tuple[Figure, ...]]]]

SECTIONS: tuple[Section, ...] = (
    ("messages", classifier.figures),
    ("cold start", cold_start.figures),
    ("from event to verdict", diagnosis.figures),
    ("duplicates", duplicates.figures),
    ("a run over a pool", handover.figures),
)
NODES = 5000
FEWER = 5
"""Renewals are measured in a cluster of so many times fewer nodes."""


def main(arguments: Sequence[str]) -> int:
    """Take every figure; exit status 1 where one is short."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Take the figures, each with its floor.")
    parser.add_argument("--scale", action="store_true", help="those of a large cluster, on a real control plane")
    parser.add_argument("--nodes", type=int, default=NODES, help=f"how large it is, instead of {NODES:,}")
    asked = parser.parse_args(arguments)
    try:
        return _scale(asked.nodes) if asked.scale else asyncio.run(_measure(SECTIONS))
    except asyncio.CancelledError:  # by a signal, and everything that was started has been stopped
        return 130


def _scale(nodes: int) -> int:
    if missing := needs.of(2):
        print("this machine lacks what the figures need:", *missing, sep="\n  ", file=sys.stderr)
        return 2
    try:
        Binaries.ensure(programs.of(2), print)
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 2
    return asyncio.run(_measure(_of_scale(nodes)))


def _of_scale(nodes: int) -> tuple[Section, ...]:
    return (
        ("a script of kubectl, and we", functools.partial(script.figures, _say)),
        ("many renewals", functools.partial(renewals.figures, nodes // FEWER, _say)),
        ("steps in a small cluster and in a large one", functools.partial(steps.figures, nodes, _say)),
        ("a drain by kubectl, and ours", functools.partial(drain.figures, _say)),
    )


async def _measure(sections: Sequence[Section]) -> int:
    end_in_order()
    stay_on_loopback()
    busy = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {busy:.1f} before the start: anything but a quiet machine makes figures worse")
    found: tuple[Figure, ...] = ()
    for name, section in sections:
        print(f"measuring: {name} …", flush=True)
        found += await section()
    print(f"\n{table(found)}")
    return 0 if all(figure.passes for figure in found) else 1


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
