"""Cold start: fresh processes, warm disk, medians of one run; the ratios are what matters, not the machine."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

ROUNDS = 5

FIVE_PACKAGES = """
import functions_framework, kubernetes.client, kubernetes.config
from google.cloud import compute_v1, logging, pubsub_v1
"""

# What functions-framework does when a container starts, without the server around it.
OUR_IMPORTS = "import functions_framework, main"

PROLOGUE = "import time; began = time.perf_counter()"
EPILOGUE = """
import json, resource, sys
print(json.dumps({"seconds": time.perf_counter() - began,
                  "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), file=sys.stderr)
"""


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
        env=dict(start.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Cost(**json.loads(done.stderr.splitlines()[-1]))
