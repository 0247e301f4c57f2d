"""The time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, UTC."""

    def pause(self, seconds: float) -> None:
        """Let a short, bounded moment pass between two tries.

        Waiting for something to happen is done by watching it.
        """
