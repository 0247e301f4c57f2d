"""Times as Kubernetes writes and reads them."""

import re
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$")
_MICRO = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(?:Z|[+-]\d{2}:\d{2})$")


def now() -> datetime:
    return datetime.now(UTC)


def seconds(moment: datetime) -> str:
    """As metadata.creationTimestamp: whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def later(moment: datetime, by_seconds: float) -> str:
    return seconds(moment + timedelta(seconds=by_seconds))


def parse(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_rfc3339(text: str) -> bool:
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
    minute, hour, day = 60, 3600, 86400
    if total < 2 * minute:
        return f"{total}s"
    if total < 10 * minute:
        return _two(total // minute, "m", total % minute, "s")
    if total < 3 * hour:
        return f"{total // minute}m"
    if total < 8 * hour:
        return _two(total // hour, "h", total % hour // minute, "m")
    if total < 2 * day:
        return f"{total // hour}h"
    if total < 8 * day:
        return _two(total // day, "d", total % day // hour, "h")
    if total < 2 * 365 * day:
        return f"{total // day}d"
    return _two(total // (365 * day), "y", total % (365 * day) // day, "d")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"
