"""A kubelet's events on their way to the API server: whoever says something does not wait until it is written.

After client-go's tools/record: an EventBroadcaster, one goroutine behind it, and a queue that is cut off when full.
What can't be written is not tried again (docs/sandbox.md).
"""

import asyncio
import contextlib

from sandbox.objects.kinds import Object
from sandbox.recorder import Happening, Recorder

QUEUED = 1000
"""Events that may wait; client-go drops what comes beyond them (maxQueuedEvents)."""


class Broadcaster:
    """What waits when the power is cut is never written."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._waiting: asyncio.Queue[Happening] = asyncio.Queue(QUEUED)

    def normal(self, about: Object, reason: str, message: str) -> None:
        self._say(Happening.now(about, "Normal", reason, message))

    def warning(self, about: Object, reason: str, message: str) -> None:
        self._say(Happening.now(about, "Warning", reason, message))

    def _say(self, what: Happening) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(what)

    async def run(self) -> None:
        """Write one after the other, in their order, until cancelled."""
        while True:
            await self._recorder.record(await self._waiting.get())
