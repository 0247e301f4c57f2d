"""Runs a function as it is deployed: functions-framework in a process of its own that knows only its environment."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox import forked
from sandbox.breakdown import Breakdown
from sandbox.forked import Forked, Process
from sandbox.hosting import bound_to_us
from sandbox.reservation import Reservation

SOURCE = Path(__file__).resolve().parents[1] / "main.py"

_FRAMEWORK = "functions_framework"
_START_SECONDS = 150.0  # until a process that does not answer is given up; a cold start on a busy machine takes some
_LOOK_AGAIN = 0.02
_LINE_LIMIT = 4 * 1024 * 1024  # bytes of one log line
_LAST_WORDS = 30  # lines
_TURNS = 3  # of the event loop: what is in a pipe is read in one, and taken up by who waits for lines in the next

Listener = Callable[[str, str], None]
"""Called with the stream, stdout or stderr, and a line."""


class DidNotStart(Breakdown):
    """The process ended, or stayed silent, before it answered for the first time; the message has its last words."""


class Function:
    """One function with one instance. An instance that dies is replaced, as Cloud Run would; `kill` is how it dies.

    The environment is exactly `environ`: nothing of whoever runs the sandbox reaches the process.
    `source` is its main.py. `python` is an interpreter that has what it needs, and starts it as a deployment does;
    without one it is forked from a process that has loaded the libraries (but nothing of the product).
    """

    def __init__(
        self,
        *,
        target: str,
        environ: Mapping[str, str],
        on_line: Listener,
        source: Path = SOURCE,
        python: str | None = None,
    ) -> None:
        self.target = target
        self.instances = 0  # started so far
        self._source = source
        self._python = python
        self.environ = dict(environ)  # all that its process knows
        self._on_line = on_line
        self._reservation = Reservation()
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None  # ends with the process
        self._replacing: asyncio.Task[None] | None = None
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self.url = f"http://127.0.0.1:{self._reservation.port}"

    @property
    def process_group(self) -> int | None:
        """Of the present instance: its id is that of its first process. None before the start."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Returns when it answers. Raises DidNotStart."""
        await self._spawn()
        self._replacing = asyncio.create_task(self._replace(), name=f"function {self.target}")

    async def kill(self) -> None:
        """Kill the instance, in the middle of whatever it does. Another one starts by itself."""
        if self._process is not None:
            _kill_group(self._process)
            await self._process.wait()

    async def heard(self) -> None:
        """Returns when the listener has been told all that it had written before this call."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """End it for good, and free the port. Harmless where it never started."""
        if self._replacing is not None:
            self._replacing.cancel()
            await asyncio.wait([self._replacing])
        await self.kill()
        if self._reading is not None:
            await asyncio.wait([self._reading])
        self._reservation.release()

    async def _replace(self) -> None:
        """Whenever the instance has died, start the next one. Until that answers, its port refuses connections."""
        while self._reading is not None:
            await asyncio.wait([self._reading])
            try:
                await self._spawn()
            except DidNotStart as error:
                self._on_line("stderr", str(error))
                return

    async def _spawn(self) -> None:
        """Start an instance, and wait until it answers."""
        self.instances += 1
        process = self._process = await self._started()
        reading = self._reading = asyncio.create_task(self._read(process))
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self._answers():
                    if process.returncode is not None:
                        await reading
                        raise DidNotStart(f"{self.target} ended with {process.returncode}:\n{self._said()}")
                    await asyncio.sleep(_LOOK_AGAIN)
        except TimeoutError as error:
            _kill_group(process)
            raise DidNotStart(f"{self.target} did not answer within {_START_SECONDS:.0f} s:\n{self._said()}") from error

    async def _started(self) -> Process:
        arguments = (
            *("--source", str(self._source)),
            *("--target", self.target),
            *("--signature-type", "cloudevent"),
            *("--host", "127.0.0.1"),
            *("--port", str(self._reservation.port)),
        )
        home = self.environ["HOME"]
        if self._python is None and forked.POSSIBLE:
            return await Forked.start(_FRAMEWORK, arguments, environ=self.environ, cwd=home, limit=_LINE_LIMIT)
        return await asyncio.create_subprocess_exec(
            *bound_to_us(self._python or sys.executable, "-m", _FRAMEWORK, *arguments),
            cwd=home,
            env=self.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            start_new_session=True,  # a process group of its own, which dies as a whole
        )

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._reservation.port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    async def _read(self, process: Process) -> None:
        """Every line that it writes, until it is gone."""
        await asyncio.gather(self._follow("stdout", process.stdout), self._follow("stderr", process.stderr))
        await process.wait()

    async def _follow(self, stream: str, reader: asyncio.StreamReader | None) -> None:
        if reader is None:
            return
        async for line in reader:
            text = line.decode(errors="replace").rstrip("\n")
            self._last_words.append(text)
            self._on_line(stream, text)

    def _said(self) -> str:
        return "\n".join(self._last_words) or "(nothing)"


def _kill_group(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
