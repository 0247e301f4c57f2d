"""Moments and spans are written so that nobody has to reckon."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from repull import spans
from tests.unit.make import T0

DAY = timedelta(days=1)


@pytest.mark.parametrize("later, written", [(timedelta(), "%H:%M:%S"), (DAY, "%Y-%m-%d %H:%M:%S")])
def test_a_moment_of_another_day_has_its_day(later: timedelta, written: str) -> None:
    moment = T0 + later
    assert spans.clock(moment, T0) == f"{moment.astimezone():{written}}"


@pytest.mark.parametrize(
    "ended, now, told",
    [
        (None, timedelta(seconds=90), ", 90 s ago"),
        (None, timedelta(seconds=-1), ", which is yet to come"),
        (timedelta(minutes=5), DAY, ", took 5 min"),
        (timedelta(seconds=-1), DAY, ""),
    ],
    ids=["at-work", "yet-to-come", "over", "ended-before-it-began"],
)
def test_it_is_said_how_long_it_took_unless_clocks_differ(ended: timedelta | None, now: timedelta, told: str) -> None:
    end = None if ended is None else T0 + ended
    assert spans.since(T0, end, T0 + now) == f"{T0.astimezone():%Y-%m-%d %H:%M:%S %Z}{told}"


@pytest.mark.parametrize(
    "seconds, told",
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2.0 h")],
)
def test_a_span_is_as_exact_as_anybody_wants_it(seconds: int, told: str) -> None:
    assert spans.length(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    "zone, written",
    [("America/New_York", datetime(1, 1, 1, tzinfo=UTC)), ("Asia/Tokyo", datetime(9999, 12, 31, 23, tzinfo=UTC))],
)
def test_a_time_at_an_end_of_the_calendar_is_shown(
    monkeypatch: pytest.MonkeyPatch, zone: str, written: datetime
) -> None:
    """A status is a text that somebody's hand may have changed."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        shown = (spans.clock(written, T0), spans.since(written, None, T0))
    finally:
        monkeypatch.undo()
        time.tzset()
    at = f"{written:%Y-%m-%d %H:%M:%S}"
    assert shown[0] == at
    assert shown[1].startswith(f"{at} UTC, ")
