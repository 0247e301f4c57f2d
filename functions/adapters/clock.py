"""The wall clock."""

import threading
from datetime import UTC, datetime


class WallClock:
    """`ports.Clock` by the machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        pause(seconds)


def pause(seconds: float) -> None:
    """Let a short, bounded moment pass between two tries. The event is never set; only its time-out is used."""
    threading.Event().wait(max(seconds, 0.0))
