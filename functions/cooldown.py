"""A machine that was renewed of late: for which cause, how, until when that keeps it, and what may be done. Pure."""

import math
from datetime import datetime, timedelta

from functions.model.refresh import Method, Refresh
from functions.ports import Renewal


def cause(refresh: Refresh) -> str:
    """What a cooldown is about: the repository, whoever opened the refresh; without one a person's own reason."""
    return str(refresh.spec.repository or f"by hand: {refresh.spec.reason}")


def once(renewal: Renewal) -> str:
    """No refresh renews a machine twice, however long it takes."""
    return (
        f"its machine {_past(renewal)} by this refresh before ({_how(renewal)}); start another one once it has cooled "
        f"down (REPULL_COOLDOWN_SECONDS){_open(renewal.method)}"
    )


def too_soon(renewal: Renewal, *, seconds: float, now: datetime) -> str:
    """Another refresh has renewed it for the same cause within so many seconds; "" where that is longer ago."""
    cooldown = timedelta(seconds=seconds)
    left = min(cooldown - (now - renewal.at), cooldown)  # a renewal that is yet to come is no reason to wait longer
    if left <= timedelta():
        return ""
    until, minutes = now + left, math.ceil(left / timedelta(minutes=1))
    return (
        f"its machine {_past(renewal)} for this cause before ({_how(renewal)}), and cools down until "
        f"{until:%Y-%m-%d %H:%M} UTC ({minutes} min left, by REPULL_COOLDOWN_SECONDS of {seconds:.0f}); wait, or lower "
        f"that{_open(renewal.method)}"
    )


def _past(renewal: Renewal) -> str:
    """A machine that is still there after ScaleWorkloads was not renewed by it."""
    return "was to be removed" if renewal.method is Method.SCALE_WORKLOADS else "was renewed"


def _how(renewal: Renewal) -> str:
    said = f"{renewal.method} at {renewal.at:%Y-%m-%d %H:%M} UTC by {renewal.refresh}"
    return f"{said}, in vain" if renewal.method is Method.SCALE_WORKLOADS else said


def _open(method: Method) -> str:
    """The way that is open all the same; "" where there is none. `force` is about nodes that can pull, and none."""
    if not method.covers(Method.RESET):
        return ", or let the method be Reset"
    return "" if method.covers(Method.RECREATE) else ", or let the method be Recreate, which does more"
