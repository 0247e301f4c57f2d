"""One time for the product and the world, which a test moves on: nothing waits for a holder to expire."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from unittest import mock

from functions.adapters.clock import pause

LONGEST = 0.2
"""Seconds that anybody really waits in a pause."""


class Time:
    """`ports.Clock`: the wall's, and what has been skipped."""

    def __init__(self) -> None:
        self.skipped = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    def pause(self, seconds: float) -> None:
        """Most of a long one is skipped."""
        waited = min(seconds, LONGEST)
        pause(waited)
        self.skip(seconds - waited)

    def skip(self, seconds: float) -> None:
        """So many seconds pass at once, for everybody."""
        self.skipped += timedelta(seconds=seconds)

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """The simulators ask for the time in two places; the controller of nodes is told that a leap is no silence.

        So nobody listens for heartbeats, and nodes need not spend the stories' time on them.
        """
        time = self

        class Moved(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Moved":
                return super().now(tz) + time.skipped

        with (
            mock.patch("sandbox.kube.times.datetime", Moved),
            mock.patch("sandbox.timestamps.datetime", Moved),
            mock.patch("sandbox.controllers.nodelifecycle.LEAST_GRACE", 10.0**9),
            mock.patch("sandbox.machines.simulated.LEAST_HEARTBEAT", 5.0),
        ):
            yield
