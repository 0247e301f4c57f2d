"""checkov over the configuration: every finding is mended, or skipped in its place with a reason."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sandbox.real import cache

_HERE = Path(__file__).parent
_LOCK = _HERE / "requirements.txt"
_ENVIRONMENT = _HERE.parents[1] / "tools" / "environment.py"
_OPTIONS = ("--framework", "terraform", "--skip-path", "tests", "--skip-download", "--output", "json")
_PATIENT = {"HCL_PARSE_TIMEOUT_SEC": "120"}
"""For one file: a slow machine is no finding."""
_NO_REASON = "No comment provided"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """`findings` and `skips` are lines for whoever reads them."""

    passed: int
    findings: tuple[str, ...]
    skips: tuple[str, ...]


class NotRun(RuntimeError):
    """checkov could not be had, or did not come to an end; what it said stands above."""


def examine(folder: Path) -> Report:
    """Raises NotRun."""
    command = (str(_installed()), "-d", str(folder), *_OPTIONS)
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, env={**os.environ, **_PATIENT})
    if done.returncode not in (0, 1):  # 1 is a finding
        raise NotRun(f"checkov ended with status {done.returncode}")
    return read(json.loads(done.stdout))


def read(said: dict[str, Any]) -> Report:
    """A skip without a reason is a finding, and so is a file that checkov doesn't understand."""
    if "results" not in said:
        return Report(passed=0, findings=("it found no resource at all",), skips=())
    results = said["results"]
    skipped = [
        (_line(each), each["check_result"].get("suppress_comment") or _NO_REASON) for each in results["skipped_checks"]
    ]
    return Report(
        passed=len(results["passed_checks"]),
        findings=(
            *(_line(each) for each in results["failed_checks"]),
            *(f"{line}: skipped without a reason" for line, reason in skipped if reason == _NO_REASON),
            *(f"{path}: not understood" for path in results["parsing_errors"]),
        ),
        skips=tuple(f"{line}: {reason}" for line, reason in skipped if reason != _NO_REASON),
    )


def _line(check: dict[str, Any]) -> str:
    first, _ = check["file_line_range"]
    return f"{check['file_path'].lstrip('/')}:{first} {check['resource']}: {check['check_id']} {check['check_name']}"


def _installed() -> Path:
    """In an environment of its own, outside the tree; its requirements are many and none of them is ours."""
    key = sha256(_LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = cache.root().with_name("checkov") / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, str(_ENVIRONMENT), str(folder), str(_LOCK), str(folder / "requirements.txt"))
    quiet = {**os.environ, "PIP_QUIET": "1"}
    if subprocess.run(command, cwd=folder.parent, check=False, env=quiet).returncode:
        raise NotRun("checkov was not installed")
    return folder / "bin" / "checkov"
