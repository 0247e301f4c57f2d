"""Windows and freezes are read as people mean them, on every day of every zone, those of turned clocks too."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.model.schedule import (
    DAYS,
    SHORTEST,
    Window,
    next_opening,
    open_now,
    parse_freezes,
    parse_windows,
)
from functions.settings import ACCEPTED, InvalidSettings, read_settings, variable

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago")
WEEK = "Mon-Fri 22:00-05:00, Sat,Sun 00:00-24:00"


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def refused(name: str, text: str) -> bool:
    """Whether the setting is refused by its name, with what is accepted."""
    must = {"REPULL_CLUSTERS": "p/l/c", "REPULL_STEP_TOPIC": "projects/p/topics/steps"}
    environ = must | {"REPULL_DEAD_LETTER_TOPIC": "projects/p/topics/dead", variable(name): text}
    try:
        read_settings(environ)
    except InvalidSettings as problem:
        return str(problem) == f"{variable(name)}={text!r} is not accepted; use {ACCEPTED[name]}"
    return False


# What is written


@pytest.mark.parametrize(
    "text, days, opens, closes",
    [
        ("Mon 08:00-12:30", (0,), 480, 750),
        ("Mon,Wed,Fri 08:00-12:00", (0, 2, 4), 480, 720),
        ("Fri-Mon 08:00-12:00", (0, 4, 5, 6), 480, 720),
        ("Mon-Wed,Sun 08:00-12:00", (0, 1, 2, 6), 480, 720),
        ("Sun 22:00-05:00", (6,), 1320, 1740),
        ("Sat 00:00-24:00", (5,), 0, 1440),
        ("Sat 22:00-00:00", (5,), 1320, 1440),
        ("Sat 22:00-22:15", (5,), 1320, 1335),
        ("Sat 23:50-00:05", (5,), 1430, 1445),
        ("Mon-Sun  23:00-24:00", (0, 1, 2, 3, 4, 5, 6), 1380, 1440),
    ],
)
def test_a_window_is_read_as_it_is_written(text: str, days: tuple[int, ...], opens: int, closes: int) -> None:
    assert parse_windows(text) == (Window(days=days, opens=opens, closes=closes),)


def test_commas_separate_days_and_windows() -> None:
    night, weekend = parse_windows(WEEK)
    assert (str(night), str(weekend)) == ("Mon,Tue,Wed,Thu,Fri 22:00-05:00", "Sat,Sun 00:00-24:00")


@pytest.mark.parametrize(
    "text",
    [
        "22:00-05:00",
        "Mon",
        "Mon 22:00",
        "Mon 22:00-05:00, Sat",
        "Mon 22:00-22:00",
        "Mon 24:00-05:00",
        "Mon 22:00-24:01",
        "Mon 22:60-23:00",
        "Monday 22:00-05:00",
        "mon 22:00-05:00",
        "Mon-Tue-Wed 22:00-05:00",
        "Mon 2:00-5:00",
        "Mon 22:00-22:14",
        "Mon 23:50-00:04",
        "Sat 22:00-05:00, Mon 22:00-22:10",
        "Mon 22:00-05:00,",
        "Mon 22:00-05:00;Tue 22:00-05:00",
    ],
)
def test_a_window_that_could_mean_two_things_or_be_missed_is_refused(text: str) -> None:
    assert refused("windows", text)


def test_days_of_a_freeze_are_both_included_and_times_are_as_they_stand() -> None:
    days, times = parse_freezes("2026-12-20..2027-01-03, 2026-12-23T18:00..2026-12-27T06:00")
    assert days.span(BERLIN) == (at("2026-12-20T00:00"), at("2027-01-04T00:00"))
    assert times.span(BERLIN) == (at("2026-12-23T18:00"), at("2026-12-27T06:00"))


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-20",
        "2027-01-03..2026-12-20",
        "2026-12-20T18:00..2026-12-20T18:00",
        "2026-13-01..2026-13-02",
        "2026-12-20T18..2026-12-21T18",
        "20.12.2026..03.01.2027",
        "9999-12-31..9999-12-31",
        "2026-12-20..2027-01-03,",
    ],
)
def test_a_freeze_that_is_none_is_refused(text: str) -> None:
    assert refused("freezes", text)


@pytest.mark.parametrize("text", ["Berlin", "Europe", "Europe/Bonn", "CET+1", "../etc/passwd", "Europe/\0", "/etc"])
def test_a_zone_that_is_none_is_refused(text: str) -> None:
    assert refused("time_zone", text)


def test_a_slim_image_knows_the_zones_too() -> None:
    """Without a database of the operating system's own, as in the image that the functions run in."""
    known = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    try:
        assert ZoneInfo.no_cache("Europe/Berlin").utcoffset(datetime(2026, 7, 1, tzinfo=UTC)) is not None
    finally:
        zoneinfo.reset_tzpath(to=known)


# When it is open


@pytest.mark.parametrize(
    "now, is_open, opens",
    [
        ("2026-11-24T21:59", False, "2026-11-24T22:00"),  # a Tuesday
        ("2026-11-24T22:00", True, "2026-11-25T22:00"),
        ("2026-11-25T00:00", True, "2026-11-25T22:00"),
        ("2026-11-25T04:59", True, "2026-11-25T22:00"),
        ("2026-11-25T05:00", False, "2026-11-25T22:00"),
        ("2026-11-28T04:00", True, "2026-11-29T00:00"),  # Friday's night, and Saturday's day
        ("2026-11-29T23:59", True, "2026-11-30T22:00"),
        ("2026-11-30T00:00", False, "2026-11-30T22:00"),  # Sunday's day has no night
    ],
)
def test_a_week_as_it_is_written(now: str, is_open: bool, opens: str) -> None:  # noqa: FBT001 - a column of the table
    windows = parse_windows(WEEK)
    assert open_now(windows, BERLIN, at(now)) is is_open
    assert next_opening(windows, BERLIN, at(now)) == at(opens)


def test_without_windows_it_is_always_open() -> None:
    assert open_now((), BERLIN, at("2026-11-24T12:00"))
    assert next_opening((), BERLIN, at("2026-11-24T12:00")) is None


TURNED = [
    # An hour that does not exist: 02:00 to 03:00 in Berlin on 29 March, in New York on 8 March.
    pytest.param(BERLIN, date(2026, 3, 29), "02:00-03:00", None, id="the-hour-itself-is-missing"),
    pytest.param(BERLIN, date(2026, 3, 29), "02:15-02:45", None, id="within-the-missing-hour"),
    pytest.param(BERLIN, date(2026, 3, 29), "01:00-04:00", ("00:00", "02:00"), id="around-the-missing-hour"),
    pytest.param(BERLIN, date(2026, 3, 29), "02:30-05:00", ("01:30", "03:00"), id="from-within-the-missing-hour"),
    pytest.param(BERLIN, date(2026, 3, 29), "00:00-02:30", ("23:00", "00:30"), id="into-the-missing-hour"),
    pytest.param(BERLIN, date(2026, 3, 28), "22:00-05:00", ("21:00", "03:00"), id="a-night-that-is-an-hour-shorter"),
    pytest.param(NEW_YORK, date(2026, 3, 8), "02:00-03:00", None, id="new-york-misses-another-night"),
    pytest.param(NEW_YORK, date(2026, 3, 29), "02:00-03:00", ("06:00", "07:00"), id="new-york-has-turned-already"),
    # An hour that comes twice: 02:00 to 03:00 in Berlin on 25 October, 01:00 to 02:00 in New York on 1 November.
    pytest.param(BERLIN, date(2026, 10, 25), "02:00-03:00", ("01:00", "02:00"), id="the-hour-itself-comes-twice"),
    pytest.param(BERLIN, date(2026, 10, 25), "02:15-02:45", None, id="within-the-hour-that-comes-twice"),
    pytest.param(BERLIN, date(2026, 10, 25), "01:00-04:00", ("23:00", "03:00"), id="around-the-hour-that-comes-twice"),
    pytest.param(BERLIN, date(2026, 10, 25), "02:30-05:00", ("01:30", "04:00"), id="from-the-second-time"),
    pytest.param(BERLIN, date(2026, 10, 25), "01:00-02:30", ("23:00", "00:30"), id="to-the-first-time"),
    pytest.param(BERLIN, date(2026, 10, 24), "22:00-05:00", ("20:00", "04:00"), id="a-night-that-is-an-hour-longer"),
    pytest.param(NEW_YORK, date(2026, 11, 1), "01:00-02:00", ("06:00", "07:00"), id="new-york-an-hour-earlier"),
]


@pytest.mark.parametrize("zone, day, hours, expected", TURNED)
def test_where_clocks_are_turned_every_reading_must_allow_it(
    zone: ZoneInfo, day: date, hours: str, expected: tuple[str, str] | None
) -> None:
    """Expected are hours of UTC."""
    (window,) = parse_windows(f"Mon-Sun {hours}")
    span = window.on(day, zone)
    assert (tuple(f"{moment:%H:%M}" for moment in span) if span else None) == expected


def test_a_window_that_a_turned_clock_takes_away_opens_a_week_later() -> None:
    windows = parse_windows("Sun 02:00-03:00")
    assert next_opening(windows, BERLIN, at("2026-03-28T12:00")) == at("2026-04-05T02:00")


def test_a_freeze_has_both_of_an_hour_that_comes_twice() -> None:
    from_it, to_it = parse_freezes("2026-10-25T02:30..2026-10-26T00:00, 2026-10-24T00:00..2026-10-25T02:30")
    assert from_it.span(BERLIN)[0] == at("2026-10-25T02:30", fold=0)
    assert to_it.span(BERLIN)[1] == at("2026-10-25T02:30", fold=1)


MINUTES = st.integers(0, 1439)
WINDOWS = st.lists(
    st.builds(
        lambda days, opens, length: Window(days=tuple(sorted(days)), opens=opens, closes=opens + length),
        st.sets(st.integers(0, 6), min_size=1),
        MINUTES,
        st.integers(SHORTEST, 1439),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
MOMENTS = st.datetimes(*map(datetime.fromisoformat, ("2026-01-01", "2028-01-01")), timezones=st.just(UTC))


@given(WINDOWS, st.sampled_from(ZONES).map(ZoneInfo), MOMENTS)
@settings(max_examples=150)
def test_the_next_opening_is_open_and_ahead_and_nothing_opens_before(
    windows: tuple[Window, ...], zone: ZoneInfo, now: datetime
) -> None:
    opens = next_opening(windows, zone, now)
    assert opens is not None
    assert opens > now
    assert open_now(windows, zone, opens)
    if not open_now(windows, zone, now):
        between = (now + (opens - now) * part / 24 for part in range(24))
        assert not any(open_now(windows, zone, moment) for moment in between)
        assert not open_now(windows, zone, opens - timedelta(microseconds=1))


@given(WINDOWS, st.sampled_from(ZONES).map(ZoneInfo), MOMENTS)
@settings(max_examples=150)
def test_where_it_is_open_the_clock_on_the_wall_says_so(
    windows: tuple[Window, ...], zone: ZoneInfo, now: datetime
) -> None:
    """The other way round it need not be: of an hour that comes twice only one may be open."""
    wall = now.astimezone(zone)
    minutes = wall.hour * 60 + wall.minute
    reads = any(
        (wall.weekday() in window.days and window.opens <= minutes < window.closes)
        or ((wall.weekday() - 1) % 7 in window.days and window.opens <= minutes + 1440 < window.closes)
        for window in windows
    )
    assert reads or not open_now(windows, zone, now)
    turned = any((now + timedelta(days=days)).astimezone(zone).utcoffset() != wall.utcoffset() for days in (-2, 2))
    if reads and not turned:
        assert open_now(windows, zone, now)


@given(WINDOWS)
def test_what_is_written_is_read_back(windows: tuple[Window, ...]) -> None:
    assert parse_windows(", ".join(map(str, windows))) == windows


def test_the_days_are_those_of_the_calendar() -> None:
    assert [f"{date(2026, 11, 23) + timedelta(days=number):%a}" for number in range(7)] == list(DAYS)
