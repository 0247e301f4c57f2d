"""Measures, and prints one table: what it is, how much, what was promised, pass or short."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from bench import classifier, cold_start, duplicates, handover
from bench.figures import Figure, table

SECTIONS: tuple[tuple[str, Callable[[], Awaitable[tuple[Figure, ...]]]], ...] = (
    ("messages", classifier.figures),
    ("cold start", cold_start.figures),
    ("duplicates", duplicates.figures),
    ("a run over a pool", handover.figures),
)


async def main() -> int:
    """Take every figure; exit status 1 where one is short."""
    busy = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {busy:.1f} before the start: anything but a quiet machine makes figures worse")
    found: tuple[Figure, ...] = ()
    for name, section in SECTIONS:
        print(f"measuring: {name} …", flush=True)
        found += await section()
    print(f"\n{table(found)}")
    return 0 if all(figure.passes for figure in found) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
