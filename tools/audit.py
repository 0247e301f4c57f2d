"""Asks whether anybody knows a vulnerability of what requirements-dev.txt pins; what is deployed is told apart.

Usage: python -m tools.audit

Exits with 0 where none is known, with 1 where there is one, and with 2 where nobody could be asked about some package:
then nothing is known of it, which is not the same as nothing being wrong.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.elsewhere import environment

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-dev.txt"
DEPLOYED = ROOT / "requirements.txt"
SERVICES = ("osv", "pypi")
"""Who is asked, one after the other until one has answered: the Open Source Vulnerabilities database, and PyPI."""
_OPTIONS = ("--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json", f"--requirement={LOCK}")
_PIN = re.compile(r"^([\w.-]+)==", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What one service said. `known` are sentences; `unanswered` are packages of which it said nothing."""

    service: str
    known: tuple[str, ...]
    unanswered: tuple[str, ...]


def read(service: str, said: Mapping[str, Any], deployed: frozenset[str]) -> Report:
    """pip-audit's JSON. A package that it has skipped was asked about in vain."""
    packages = said["dependencies"]
    return Report(
        service=service,
        known=tuple(line for each in packages for line in _vulnerabilities(each, deployed)),
        unanswered=tuple(each["name"] for each in packages if "skip_reason" in each),
    )


def ask(pip_audit: Path, service: str) -> Report | None:
    """None where the service can't be reached."""
    command = (pip_audit, *_OPTIONS, f"--vulnerability-service={service}")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        print(f"{service}: {_last_line(done.stderr)}", file=sys.stderr)
        return None
    return read(service, said, frozenset(_PIN.findall(DEPLOYED.read_text())))


def audit(pip_audit: Path, services: Sequence[str] = SERVICES) -> int:
    """The exit status, after the report. What one service knows is told even where it knows little."""
    for service in services:
        report = ask(pip_audit, service)
        if report is None:
            continue
        if report.known:
            print("\n".join(report.known))
            return 1
        if not report.unanswered:
            print(f"{service} knows no vulnerability of what {LOCK.name} pins.")
            return 0
        print(f"{service}: no answer about {len(report.unanswered)} packages", file=sys.stderr)
    print("Nothing is known: nobody could be asked about every package. Try again where there is a network.")
    return 2


def _vulnerabilities(package: Mapping[str, Any], deployed: frozenset[str]) -> Iterator[str]:
    where = "deployed" if package["name"] in deployed else "tools and tests only"
    for each in package.get("vulns", ()):
        mended = ", ".join(each["fix_versions"]) or "no version"
        names = ", ".join((each["id"], *each.get("aliases", ())))
        yield f"{package['name']} {package['version']} ({where}): {names}; mended in {mended}"


def _last_line(text: str) -> str:
    return (text.strip() or "said nothing").splitlines()[-1]


if __name__ == "__main__":
    sys.exit(audit(environment(ROOT / "requirements-audit.txt") / "pip-audit"))
