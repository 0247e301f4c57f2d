"""The wall clock, and how Google and Kubernetes write it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """With microseconds and a Z, as Google's APIs print times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
