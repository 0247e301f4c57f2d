"""Checks infra/terraform: its format, its types, its tests, and what checkov finds. `make infra-check`.

Usage: python -m infra.check [--without-registry]
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from infra.check import checkov, needs
from infra.check.terraform import Copy, NotInitialised, copied
from sandbox.real.building import BuildFailed

INFRA = Path(__file__).parents[1]
NAME = "terraform"


def main(tree: Path = INFRA, *, registry: bool = True) -> int:
    """Run everything, whatever becomes of each; the exit status."""
    if missing := needs.missing():
        print(*missing, sep="\n", file=sys.stderr)
        return 1
    try:
        with copied(tree, NAME, _say, registry=registry) as copy:
            _say(f"provider: {copy.provider}")
            results = [_timed(name, act, copy) for name, act in _CHECKS.items()]
            _say(f"provider: {copy.provider}")
    except (NotInitialised, BuildFailed, checkov.NotRun) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if all(results) else 1


def _terraform(*arguments: str) -> Callable[[Copy], bool]:
    def ended_well(copy: Copy) -> bool:
        return subprocess.run(copy.command(*arguments), env=copy.environment, check=False).returncode == 0

    return ended_well


def _checkov(copy: Copy) -> bool:
    report = checkov.examine(copy.folder)
    for skip in report.skips:
        _say(f"  skipped {skip}")
    for finding in report.findings:
        _say(f"  FOUND {finding}")
    _say(f"{report.passed} passed, {len(report.skips)} skipped with a reason, {len(report.findings)} found")
    return not report.findings


_CHECKS: dict[str, Callable[[Copy], bool]] = {
    "terraform fmt": _terraform("fmt", "-no-color", "-check", "-diff", "-recursive"),
    "terraform validate": _terraform("validate", "-no-color"),
    "terraform test": _terraform("test", "-no-color"),
    "checkov": _checkov,
}


def _timed(name: str, act: Callable[[Copy], bool], copy: Copy) -> bool:
    _say(f"\n{name}")
    began = time.monotonic()
    ok = act(copy)
    _say(f"{name}: {'ok' if ok else 'FAILED'}, {time.monotonic() - began:.1f} s")
    return ok


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--without-registry"]):
        sys.exit(__doc__)
    sys.exit(main(registry=not sys.argv[1:]))
