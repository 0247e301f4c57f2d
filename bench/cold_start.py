"""Cold start: fresh processes on a warm disk, medians of one run; the ratios are what matters, not the machine."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import failure
from bench.figures import Figure

ROOT = Path(__file__).parents[1]
ROUNDS = 5

FIVE_PACKAGES = """
import functions_framework, kubernetes.client, kubernetes.config
from google.cloud import compute_v1, logging, pubsub_v1
"""

OUR_IMPORTS = """
import functions_framework, main
"""

FIRST_DIAGNOSIS = """
import functions_framework, json, main, os
from cloudevents.http import CloudEvent
attributes = {"type": "google.cloud.pubsub.topic.v1.messagePublished", "source": "//pubsub.googleapis.com/"}
main.on_pull_event(CloudEvent(attributes, json.loads(os.environ["BENCH_EVENT"])))
"""

PROLOGUE = "import time; began = time.perf_counter()"
EPILOGUE = """
import json, resource, sys
print(json.dumps({"seconds": time.perf_counter() - began,
                  "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), file=sys.stderr)
"""


async def figures() -> tuple[Figure, ...]:
    """Import, and import plus first diagnosis, against the five given packages; and the memory that this takes."""
    async with failure.of_grants() as failing:
        environ = {**failing.world.diagnose.environ, "BENCH_EVENT": json.dumps(failing.event_data)}
        starts = (
            Start(body=FIVE_PACKAGES, environ=os.environ),
            Start(body=OUR_IMPORTS, environ=environ),
            Start(body=FIRST_DIAGNOSIS, environ=environ),
        )
        before = failing.diagnoses
        packages, imports, diagnosis = await asyncio.to_thread(measure, *starts)
        if failing.diagnoses - before != ROUNDS + 1:
            raise RuntimeError("a fresh process did not diagnose: its figure would say nothing")
    milliseconds = f"{{:.0f}} of {packages.seconds * 1000:.0f} ms"
    return (
        Figure(
            name="import / five packages",
            value=imports.seconds / packages.seconds,
            floor=0.4,
            detail=milliseconds.format(imports.seconds * 1000),
        ),
        Figure(
            name="import + first diagnosis / five packages",
            value=diagnosis.seconds / packages.seconds,
            floor=0.6,
            detail=milliseconds.format(diagnosis.seconds * 1000),
        ),
        Figure(
            name="resident after the first diagnosis",
            value=diagnosis.resident_mb,
            floor=128,
            unit="MB",
            detail=f"the five packages alone: {packages.resident_mb:.0f} MB",
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What a fresh interpreter runs, and in which environment."""

    body: str
    environ: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """The median of one kind of start: seconds, and the process's peak in MB."""

    seconds: float
    resident_mb: float


def measure(*starts: Start) -> tuple[Cost, ...]:
    """The starts take turns, so that a slow moment of the machine slows all of them."""
    for start in starts:
        _once(start)  # warms the disk and the bytecode
    rounds = [[_once(start) for start in starts] for _ in range(ROUNDS)]
    return tuple(
        Cost(
            seconds=statistics.median(run.seconds for run in runs),
            resident_mb=statistics.median(run.resident_mb for run in runs),
        )
        for runs in zip(*rounds, strict=True)
    )


def _once(start: Start) -> Cost:
    done = subprocess.run(
        [sys.executable, "-c", f"{PROLOGUE}\n{start.body}\n{EPILOGUE}"],
        cwd=ROOT,
        env=dict(start.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Cost(**json.loads(done.stderr.splitlines()[-1]))
