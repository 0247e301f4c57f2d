"""A program that runs beside the sandbox for as long as it is needed, and never longer than the sandbox itself."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from sandbox.breakdown import Breakdown
from sandbox.hosting import bound_to_us

Ready = Callable[[], Awaitable[bool]]
"""Asked again and again until it says yes."""

_START_SECONDS = 120.0  # until a program that is not ready is given up; a busy machine takes its time
_STOP_SECONDS = 5.0  # until a program that was asked to end is made to
_LOOK_AGAIN = 0.05
_LAST_WORDS = 15  # lines


class DidNotStart(Breakdown):
    """It ended, or was not ready in time; the message has its last words."""


class Ended(Breakdown):
    """It ended by itself, or by another's hand; the message has its last words."""


class Daemon:
    """One process, which is the leader of its own session and ends with us; what it says goes to `log`.

    Whoever starts a program that leaves children behind ends those by other means.
    """

    def __init__(
        self, name: str, command: Sequence[str | Path], *, directory: Path, environ: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = tuple(map(str, command))
        self.log = directory / f"{name}.log"
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """None where it doesn't run."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self, ready: Ready, *, within: float = _START_SECONDS) -> None:
        """Returns when `ready` says so. Raises DidNotStart; nothing of it runs then."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *bound_to_us(*self.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=self._environ,
                start_new_session=True,  # the terminal's Ctrl-C is for the sandbox, which ends it in order
            )
        try:
            async with asyncio.timeout(within):
                await self._wait_until(ready)
        except TimeoutError as error:
            await self.stop()
            raise self._did_not_start(f"was not ready within {within:.0f} s") from error
        except BaseException:  # a cancelled start must not leave it behind either
            await self.stop()
            raise

    async def _wait_until(self, ready: Ready) -> None:
        while not await ready():
            if self.pid is None:
                raise self._did_not_start(f"ended with {await self.ended()}")
            await asyncio.sleep(_LOOK_AGAIN)

    def _did_not_start(self, why: str) -> DidNotStart:
        return DidNotStart(f"{self.name} {why}:\n{self.last_words()}", log=self.log)

    async def ended(self) -> int:
        """Wait until it ends, by itself or by another's hand; its exit status."""
        if self._process is None:
            raise ValueError(f"{self.name} was never started")
        return await self._process.wait()

    async def last(self) -> None:
        """Goes on for as long as it does; whoever stops it cancels this first. Raises Ended."""
        raise Ended(f"{self.name} ended with {await self.ended()}:\n{self.last_words()}", log=self.log)

    async def stop(self, *, grace: float = _STOP_SECONDS) -> None:
        """Ask it to end, and after `grace` seconds make it. Harmless where it doesn't run."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(grace):
                await process.wait()
        except TimeoutError:
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End it at once, with what still is in its session's process group. Harmless where it doesn't run."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def last_words(self) -> str:
        with contextlib.suppress(FileNotFoundError), self.log.open(errors="replace") as log:
            return "".join(deque(log, maxlen=_LAST_WORDS)).rstrip()
        return "(nothing)"
