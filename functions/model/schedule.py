"""When nodes may be taken, as people write it down: windows of the week, and freezes of the calendar.

Both are read off a clock on a wall, in a time zone. Where that clock is turned, its readings come twice or not at all;
then a window has only those moments that every reading allows, and a freeze has each that any reading forbids.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHORTEST = 15
"""Minutes that a window is open at least: only a sweep wakes who has waited for it, and it comes every ten."""
LOOKED_AHEAD = 15
"""Days in which a window opens for certain: a clock that is turned may take one week's hour away, never two weeks'."""

DEFAULT_ZONE = ZoneInfo("UTC")

_DAY = timedelta(days=1)
_DAYS = re.compile(r"(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))?")
_MOMENT = re.compile(r"2\d{3}-\d\d-\d\d(?P<time>T\d\d:\d\d)?")
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Weekly, on these days (0 is Monday), from and to so many minutes after midnight; over 1440 is the day after."""

    days: tuple[int, ...]
    opens: int
    closes: int

    def __str__(self) -> str:
        end = self.closes if self.closes <= 1440 else self.closes - 1440
        return f"{','.join(DAYS[day] for day in self.days)} {_written(self.opens)}-{_written(end)}"

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """From when to when (not included) it is open that began on this day; None where it is not."""
        if day.weekday() not in self.days:
            return None
        opens = max(_readings(day, self.opens, zone))
        closes = min(_readings(day, self.closes, zone))
        return (opens, closes) if opens < closes else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Freeze:
    """From a moment to another, which is not included; both as clocks on the wall say them."""

    since: datetime  # naive
    until: datetime  # naive

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The same as moments."""
        return min(_moments(self.since, zone)), max(_moments(self.until, zone))


def parse_windows(text: str) -> tuple[Window, ...]:
    """`Mon-Fri 22:00-05:00, Sat,Sun 00:00-24:00`: one that ends before it begins goes on past midnight.

    Raises ValueError, also for one that is open for less than `SHORTEST`.
    """
    found: list[Window] = []
    days: set[int] = set()
    for part in text.split(","):
        names, _, hours = part.strip().partition(" ")
        days |= _days(names)
        if hours:
            opens, closes = _hours(hours.strip())
            found.append(Window(days=tuple(sorted(days)), opens=opens, closes=closes))
            days = set()
    if days:
        raise ValueError(f"no hours for {text!r}")
    return tuple(found)


def parse_freezes(text: str) -> tuple[Freeze, ...]:
    """`2026-12-20..2027-01-03`, both days included, or with times, as in `2026-12-23T18:00..2026-12-27T06:00`.

    Raises ValueError.
    """
    return tuple(_freeze(part.strip()) for part in text.split(","))


def parse_zone(text: str) -> ZoneInfo:
    """A name of the IANA time zone database. Raises ValueError."""
    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as error:  # no such zone; or a folder of zones
        raise ValueError(text) from error


def open_now(windows: tuple[Window, ...], zone: ZoneInfo, now: datetime) -> bool:
    """Whether `now` is in one of them. No windows are no limit."""
    return not windows or any(opens <= now < closes for opens, closes in _openings(windows, zone, now))


def next_opening(windows: tuple[Window, ...], zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the next one opens, after `now`; None where there are none."""
    return min((opens for opens, _ in _openings(windows, zone, now) if opens > now), default=None)


def _openings(windows: tuple[Window, ...], zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Those that began yesterday or will begin in the days to come."""
    today = now.astimezone(zone).date()
    for number in range(-1, LOOKED_AHEAD):
        for window in windows:
            if span := window.on(today + number * _DAY, zone):
                yield span


def _readings(day: date, minutes: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return _moments(datetime.combine(day, time()) + timedelta(minutes=minutes), zone)


def _moments(naive: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The one moment at which clocks read so, twice; or the two between which they were turned (PEP 495)."""
    first, second = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def _days(text: str) -> set[int]:
    """`Mon`, or `Fri-Mon`, which goes past the end of the week."""
    found = _DAYS.fullmatch(text)
    if not found:
        raise ValueError(text)
    first = DAYS.index(found["first"])
    last = DAYS.index(found["last"] or found["first"])
    return {day % 7 for day in range(first, last + 1 if last >= first else last + 8)}


def _hours(text: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(text)
    if not found:
        raise ValueError(text)
    opens, closes = (_minutes(int(found[at]), int(found[at + 1])) for at in (1, 3))
    if opens in (closes, 1440):
        raise ValueError(text)
    closes += 1440 if closes < opens else 0
    if closes - opens < SHORTEST:
        raise ValueError(text)
    return opens, closes


def _minutes(hours: int, minutes: int) -> int:
    if minutes > 59 or hours * 60 + minutes > 1440:
        raise ValueError(f"{hours}:{minutes}")
    return hours * 60 + minutes


def _written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _freeze(text: str) -> Freeze:
    since, separator, until = text.partition("..")
    if not separator:
        raise ValueError(text)
    freeze = Freeze(since=_wall(since, end=False), until=_wall(until, end=True))
    if freeze.until <= freeze.since:
        raise ValueError(text)
    return freeze


def _wall(text: str, *, end: bool) -> datetime:
    """A day begins at its midnight and ends at the next."""
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError(text)
    return datetime.fromisoformat(text) + (_DAY if end and not found["time"] else timedelta())
