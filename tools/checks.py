"""Runs the project's checks one after the other and ends with one summary; a failed one doesn't stop the rest.

Usage: checks.py all|fast
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One row of the summary. `tests` is the folder that pytest runs; without it `command` is a tool of its own."""

    name: str
    command: tuple[str, ...] = ()
    tests: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What pytest counted; its xfail and xpass are not used in this project."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a check ended."""

    check: Check
    ok: bool
    seconds: float
    counts: Counts | None = None


STATIC = (
    Check(name="format", command=("ruff", "format", "--check", ".")),
    Check(name="lint", command=("ruff", "check", ".")),
    Check(name="types", command=("mypy",)),
    Check(name="layers", command=("lint-imports", "--no-logo")),
)
SIDE_BY_SIDE = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")
UNIT = Check(name="unit", tests="tests/unit")
RUNS = {
    "fast": (*STATIC, UNIT),
    "all": (
        *STATIC,
        UNIT,
        Check(name="contract", tests="tests/contract", options=SIDE_BY_SIDE),
        Check(name="end-to-end", tests="tests/e2e", options=SIDE_BY_SIDE),
    ),
}


def run(checks: Sequence[Check]) -> int:
    """Run all of them, whatever becomes of each, and print one summary; the exit status."""
    outcomes = [_run(check) for check in checks]
    print(f"\n{'check':<12}{'outcome':<9}{'seconds':>8}  tests")
    for outcome in outcomes:
        word = "ok" if outcome.ok else "FAILED"
        print(f"{outcome.check.name:<12}{word:<9}{outcome.seconds:>8.1f}  {outcome.counts or ''}")
    print()
    print(sum((outcome.counts for outcome in outcomes if outcome.counts), Counts()))
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def _run(check: Check) -> Outcome:
    print(f"\n── {check.name} " + "─" * (76 - len(check.name)), flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = check.command or ("pytest", check.tests, "-q", f"--junit-xml={report}", *check.options)
        status = subprocess.run([BIN / command[0], *command[1:]], check=False).returncode
        counts = _counts(report) if check.tests else None
    return Outcome(check=check, ok=status == 0, seconds=time.monotonic() - began, counts=counts)


def _counts(report: Path) -> Counts:
    """Read pytest's report; nothing was counted where it wrote none."""
    if not report.exists():
        return Counts()
    total = Counts()
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 (pytest wrote it a moment ago)
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        total += Counts(passed=int(suite.get("tests", 0)) - failed - skipped, failed=failed, skipped=skipped)
    return total


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in RUNS:
        sys.exit(__doc__)
    sys.exit(run(RUNS[sys.argv[1]]))
