"""Moments as the Kubernetes API writes them: RFC 3339, in UTC."""

from datetime import UTC, datetime


def parse(text: object) -> datetime | None:
    """A moment, in UTC; None where there is none. Fractions of a second are optional (metav1.Time has none).

    Raises ValueError, also where UTC knows no such moment, as with the last hours of 9999 in the west.
    """
    if not isinstance(text, str) or not text:
        return None
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"no time: {text!r}") from error


def required(text: object) -> datetime:
    """A moment that the API server always sets, such as creationTimestamp."""
    return parse(text) or datetime.fromtimestamp(0, UTC)


def micro(moment: datetime) -> str:
    """With microseconds, always: a Lease's MicroTime is refused without them, and `isoformat` leaves zeros out."""
    return _written(moment, "microseconds")


def seconds(moment: datetime) -> str:
    """In whole seconds, as metav1.Time is written."""
    return _written(moment, "seconds")


def _written(moment: datetime, exact: str) -> str:
    """`strftime` leaves zeros out of a year before 1000, such as Go's zero time has."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=exact)}Z"
