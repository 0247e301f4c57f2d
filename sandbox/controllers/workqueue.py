"""A queue of keys in which a key waits at most once, and is never worked on twice at the same time."""

import asyncio

FIRST_RETRY = 0.02  # real seconds; the API server is on this machine
LONGEST_RETRY = 1.0


class WorkQueue:
    """What changed and has not been looked at since."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._working: set[str] = set()
        self._again: set[str] = set()  # changed while being worked on
        self._failures: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._filled = asyncio.Event()

    def add(self, key: str) -> None:
        """Look at `key` soon."""
        if key in self._working:
            self._again.add(key)
            return
        self._waiting[key] = None
        self._filled.set()

    def add_later(self, key: str, seconds: float) -> None:
        """Look at `key` after so many real seconds; of two appointments the earlier one is kept."""
        loop = asyncio.get_running_loop()
        when = loop.time() + seconds
        timer = self._timers.get(key)
        if timer:
            if timer.when() <= when:
                return
            timer.cancel()
        self._timers[key] = loop.call_at(when, self._due, key)

    def add_after_failure(self, key: str) -> None:
        """Look again, later after each failure in a row."""
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        self.add_later(key, min(FIRST_RETRY * 2 ** (failures - 1), LONGEST_RETRY))

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)

    async def take(self) -> str:
        """The key that has waited longest; call `done` with it afterwards."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        key = next(iter(self._waiting))
        del self._waiting[key]
        self._working.add(key)
        return key

    def done(self, key: str) -> None:
        self._working.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)

    def close(self) -> None:
        """Forget all appointments."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _due(self, key: str) -> None:
        self._timers.pop(key, None)
        self.add(key)
