"""Times as Kubernetes writes and reads them."""

import re
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$")
_MICRO = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(?:Z|[+-]\d{2}:\d{2})$")


_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS: tuple[tuple[float, int, str, int, str], ...] = (  # below this many seconds: the unit, and the smaller one
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (730 * _DAY, _DAY, "d", 0, ""),
    (float("inf"), 365 * _DAY, "y", _DAY, "d"),
)


def now() -> datetime:
    """The real wall clock."""
    return datetime.now(UTC)


def seconds(moment: datetime) -> str:
    """As metadata.creationTimestamp: whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def microseconds(moment: datetime) -> str:
    """As a lease's renewTime."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def later(moment: datetime, by_seconds: float) -> str:
    """`moment` and some seconds, in whole seconds."""
    return seconds(moment + timedelta(seconds=by_seconds))


def parse(text: str) -> datetime:
    """An RFC 3339 time."""
    return datetime.fromisoformat(text)


def is_rfc3339(text: str) -> bool:
    """May it stand where a time is wanted?"""
    return bool(_RFC3339.match(text))


def is_micro_time(text: str) -> bool:
    """A lease's renewTime: microseconds and a zone, or the server does not read it."""
    return bool(_MICRO.match(text))


def age(since: str | None, *, at: datetime) -> str:
    """As kubectl shows an age: 45s, 3m20s, 5h12m, 4d."""
    if not since:
        return "<unknown>"
    total = max(0, int((at - parse(since)).total_seconds()))
    return human(total)


def human(total: int) -> str:
    """A duration as kubectl shows it: two units while the larger one is small."""
    for below, large, large_unit, small, small_unit in _STEPS:
        if total < below:
            first, rest = divmod(total, large)
            second = rest // small if small else 0
            return f"{first}{large_unit}{second}{small_unit}" if second else f"{first}{large_unit}"
    raise AssertionError(total)
