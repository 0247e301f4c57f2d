"""What is said of a machine that was renewed of late: how, until when that keeps it, and what may be done. Pure."""

import math
from datetime import datetime, timedelta

from functions.model.refresh import Method
from functions.ports import Renewal


def once(renewal: Renewal) -> str:
    """No refresh renews a machine twice, however long it takes."""
    return (
        f"its machine was renewed by this refresh before ({_past(renewal)}); start another one{_more(renewal.method)}"
    )


def too_soon(renewal: Renewal, *, seconds: float, now: datetime) -> str:
    """Another refresh has renewed it for the same cause within so many seconds; "" where that is longer ago."""
    cooldown = timedelta(seconds=seconds)
    left = min(cooldown - (now - renewal.at), cooldown)  # a renewal that is yet to come is no reason to wait longer
    if left <= timedelta():
        return ""
    past, until, minutes = _past(renewal), now + left, math.ceil(left / timedelta(minutes=1))
    return (
        f"its machine was renewed for this cause before ({past}), and cools down until {until:%Y-%m-%d %H:%M} UTC "
        f"({minutes} min left, by REPULL_COOLDOWN_SECONDS of {seconds:.0f}); wait, or lower that{_more(renewal.method)}"
    )


def _past(renewal: Renewal) -> str:
    return f"{renewal.method} at {renewal.at:%Y-%m-%d %H:%M} UTC by {renewal.refresh}"


def _more(method: Method) -> str:
    """The way that is open all the same; "" where there is none. `force` is about nodes that can pull, and none."""
    return "" if method.covers(Method.RECREATE) else ", or let the method be Recreate, which does more"
