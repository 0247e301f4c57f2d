"""What one check found out: a line of the list that people see, and the verdict where it settles the matter."""

from collections.abc import Iterable
from dataclasses import dataclass

from functions.model.verdict import CheckResult, CheckStatus, VerdictKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One check's result; `kind` is set where it settles the matter."""

    check: CheckResult
    kind: VerdictKind | None = None


def passed(name: str, evidence: str) -> Finding:
    """Nothing speaks against it: the next check is made."""
    return Finding(check=CheckResult(name=name, status=CheckStatus.PASS, evidence=evidence))


def failed(name: str, evidence: str, kind: VerdictKind) -> Finding:
    """It does not hold, and that settles it."""
    return Finding(check=CheckResult(name=name, status=CheckStatus.FAIL, evidence=evidence), kind=kind)


def unknown(name: str, evidence: str) -> Finding:
    """It can't be found out, and that settles it: nothing is reset."""
    check = CheckResult(name=name, status=CheckStatus.UNKNOWN, evidence=evidence)
    return Finding(check=check, kind=VerdictKind.UNKNOWN)


def also(check: CheckResult) -> Finding:
    """A line that is reported as well, and decides nothing."""
    return Finding(check=check)


def in_vain(notes: Iterable[str]) -> Finding:
    """As `also`: what was asked of witnesses without whom it goes on."""
    return also(CheckResult(name="asked in vain", status=CheckStatus.INFO, evidence="; ".join(notes)))
