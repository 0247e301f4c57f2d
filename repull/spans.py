"""Moments and spans as people read them, in the machine's own time."""

from datetime import datetime, timedelta


def _local(moment: datetime) -> datetime:
    """As it is written where this machine's zone would put it out of the calendar: anybody may write a time."""
    try:
        return moment.astimezone()
    except OverflowError:
        return moment


def clock(moment: datetime, now: datetime) -> str:
    """The time of day; with its day where that is another."""
    local = _local(moment)
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%Y-%m-%d %H:%M:%S}"


def since(began: datetime, ended: datetime | None, now: datetime) -> str:
    """When it began, and how long it took, or has taken by now. Clocks differ, and anybody may write a time."""
    at = f"{_local(began):%Y-%m-%d %H:%M:%S %Z}"
    if ended:
        return f"{at}, took {length(ended - began)}" if ended >= began else at
    return f"{at}, {length(now - began)} ago" if now >= began else f"{at}, which is yet to come"


def length(span: timedelta) -> str:
    """As exact as anybody wants it."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
