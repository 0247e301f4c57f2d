"""Runs the project's checks and ends with one summary; a failed one doesn't stop the rest.

Usage: python -m tools.checks whole|all|fast [--require-rings]

`whole` is `all`, and the tests that ask again, at another point or on another ring, what others ask as well.
A check on a ring that this machine can't run is left out, saying what is missing; with --require-rings it has failed,
and so has one that skipped a test.
"""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

from infra.check import needs as infra
from sandbox.real import needs

BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One row of the summary. `tests` are the folders that pytest runs; without them `command` is a tool of its own."""

    name: str
    command: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    ring: int = 1  # that it needs
    lacks: Callable[[], tuple[needs.Need, ...]] = tuple  # what else it does, as far as it isn't there


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
    seconds: float = 0
    busy: float = 0  # seconds of processors: those of two that were busy all the time are twice as many
    counts: Counts | None = None
    missing: tuple[needs.Need, ...] = ()  # why it was left out

    @property
    def word(self) -> str:
        return "FAILED" if not self.ok else "left out" if self.missing else "ok"


STATIC = (
    Check(name="format", command=("ruff", "format", "--check", ".")),
    Check(name="lint", command=("ruff", "check", ".")),
    Check(name="types", command=("mypy",)),
    Check(name="layers", command=("lint-imports", "--no-logo")),
)
SIDE_BY_SIDE = (f"--numprocesses={min(4, (os.cpu_count() or 1) + 1)}", "--dist=worksteal")
"""One more than there are processors: tests wait for machines that boot, and for what must not happen."""
DRAINS = "tests/contract/drain"
UNIT = Check(name="unit", tests=("tests/unit",))
FIRST = (
    *STATIC,
    Check(name="infra", command=("python", "-m", "infra.check"), lacks=infra.missing),
    Check(name="infra's check", tests=("tests/infra",), lacks=infra.missing_for_ours),
)
BESIDE = (UNIT, Check(name="package", command=("python", "-m", "tools.deployed")))
PROGRAMS = (
    Check(name="programs 2", command=("python", "-m", "sandbox.real.binaries", "2"), ring=2),
    Check(name="programs 3", command=("python", "-m", "sandbox.real.binaries", "3"), ring=3),
)
"""Of the rings with real parts: minutes on a machine that has not seen them, and nothing on another."""
Lane = Sequence[Check]
"""Checks that run one after the other."""
Stage = Sequence[Lane]
"""Lanes that run side by side."""


def _everything(but: str = "") -> Sequence[Stage]:
    """On every ring, without the tests that `but` names."""
    simulated = ("-m", f"not ring2 and not ring3{but}", *SIDE_BY_SIDE)
    # A machine takes 8 inotify instances and a control plane 5, of the 128 that Linux gives a user. So two stories of
    # four machines run side by side and no more, and not beside the fleets that the contract tests keep up.
    machines = ("-m", f"ring3{but}", "--numprocesses=2", "--dist=loadgroup")
    on_ring_1 = (
        Check(name="contract", tests=("tests/contract",), options=simulated),
        Check(name="end-to-end", tests=("tests/e2e",), options=simulated),
        Check(name="proof", tests=("tests/proof",), options=simulated),
    )
    real = ("-m", f"ring2{but}")
    on_real_machines = (
        Check(name="contract 3", tests=("tests/contract",), options=machines, ring=3),
        Check(name="end-to-end 3", tests=("tests/e2e",), options=machines, ring=3),
        # Hundreds of drains, twelve at once: one process does them all, and others would do them anew.
        Check(name="drains", tests=(DRAINS,), options=real, ring=2),
    )
    # Two checks: the control planes that the first keeps up for all of its tests end with it.
    on_ring_2 = (
        Check(
            name="contract 2",
            tests=("tests/contract",),
            options=(*real, *SIDE_BY_SIDE, f"--ignore={DRAINS}"),
            ring=2,
        ),
        Check(name="end-to-end 2", tests=("tests/e2e",), options=(*real, *SIDE_BY_SIDE), ring=2),
    )
    # Real machines boot for more than half of their time: the simulated ones have the processors meanwhile.
    return ((FIRST, BESIDE, PROGRAMS), (on_ring_1, on_real_machines), (on_ring_2,))


RUNS: dict[str, Sequence[Stage]] = {
    "fast": (((*STATIC, UNIT),),),
    "all": _everything(" and not again"),
    "whole": _everything(),
}
"""By name: stages, one after the other."""


def run(stages: Sequence[Stage], *, require_rings: bool = False) -> int:
    """Run all of them, whatever becomes of each, and print one summary; the exit status."""
    outcomes = [outcome for lanes in stages for outcome in _stage(lanes, require_rings=require_rings)]
    print(f"\n{'check':<14}{'outcome':<9}{'seconds':>8}{'cpu':>8}  tests")
    for outcome in outcomes:
        said = "; ".join(map(str, outcome.missing)) or outcome.counts or ""
        print(f"{outcome.check.name:<14}{outcome.word:<9}{outcome.seconds:>8.1f}{outcome.busy:>8.1f}  {said}")
    print()
    print(sum((outcome.counts for outcome in outcomes if outcome.counts), Counts()))
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def _stage(lanes: Stage, *, require_rings: bool) -> list[Outcome]:
    """Run lanes side by side. The first is seen live; what another says is shown between two checks of the first."""
    first, *others = lanes
    waiting: queue.SimpleQueue[IO[str]] = queue.SimpleQueue()

    def beside(lane: Lane) -> list[Outcome]:
        return [_quietly(check, waiting, require_rings=require_rings) for check in lane]

    def live(check: Check) -> Outcome:
        print(_title(check), flush=True)
        outcome = _outcome(check, None, require_rings=require_rings)
        _show(waiting)
        return outcome

    with ThreadPoolExecutor(max_workers=max(len(others), 1)) as pool:
        running = [pool.submit(beside, lane) for lane in others]
        if others:
            print(f"\nbeside these: {', '.join(check.name for lane in others for check in lane)}", flush=True)
        outcomes = [live(check) for check in first]
        outcomes += [outcome for lane in running for outcome in lane.result()]
    _show(waiting)
    return outcomes


def _quietly(check: Check, waiting: queue.SimpleQueue[IO[str]], *, require_rings: bool) -> Outcome:
    said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (whoever shows it closes it)
    print(_title(check), file=said, flush=True)
    outcome = _outcome(check, said, require_rings=require_rings)
    waiting.put(said)
    return outcome


def _title(check: Check) -> str:
    return f"\n── {check.name} " + "─" * (76 - len(check.name))


def _show(waiting: queue.SimpleQueue[IO[str]]) -> None:
    while not waiting.empty():
        with waiting.get() as said:
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout)
    sys.stdout.flush()


def _outcome(check: Check, said: IO[str] | None, *, require_rings: bool) -> Outcome:
    missing = (*needs.of(check.ring), *check.lacks())
    if missing:
        return Outcome(check=check, ok=not require_rings, missing=missing)
    outcome = _run(check, said)
    skipped = outcome.counts.skipped if outcome.counts else 0
    return replace(outcome, ok=outcome.ok and not (require_rings and check.ring > 1 and skipped))


def _run(check: Check, said: IO[str] | None) -> Outcome:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = check.command or ("pytest", *check.tests, "-q", f"--junit-xml={report}", *check.options)
        program = [str(BIN / command[0]), *command[1:]]
        process = subprocess.Popen(program, env=_environ(), stdout=said, stderr=said and subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)  # for the processor time of this one alone
        process.returncode = os.waitstatus_to_exitcode(status)
        counts = _counts(report) if check.tests else None
    return Outcome(
        check=check,
        ok=process.returncode == 0,
        seconds=time.monotonic() - began,
        busy=used.ru_utime + used.ru_stime,
        counts=counts,
    )


def _environ() -> dict[str, str]:
    """Ours, but that Python keeps what it has compiled: the checks start hundreds of processes from the same files."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


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
    if sys.argv[1:2] not in [[name] for name in RUNS] or sys.argv[2:] not in ([], ["--require-rings"]):
        sys.exit(__doc__)
    sys.exit(run(RUNS[sys.argv[1]], require_rings="--require-rings" in sys.argv))
