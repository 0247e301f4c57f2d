"""A command at a terminal: what it writes there, what somebody types, and Ctrl-C."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

INTERRUPT = "\x03"
"""Ctrl-C, of which the terminal makes SIGINT."""
_SECONDS = 200.0
_PRESSED = 10
"""Times, at most."""


class Terminal:
    """What has been written so far is in `text`."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self._process = process
        self._master = master
        self.text = ""

    def read_until(self, words: str) -> None:
        """Fails where the words do not come."""
        end = time.monotonic() + _SECONDS
        while words not in self.text:
            goes_on = self._read() and time.monotonic() < end
            assert goes_on, f"{words!r} was never written: {self.text}"

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ends(self) -> int:
        """The exit code. All that was written is in `text` then."""
        assert self._is_over(_SECONDS), f"it does not end: {self.text}"
        return self._process.wait(_SECONDS)

    def left(self) -> int:
        """As `ends`, after Ctrl-C, and another one where that was of no use: the exit code.

        Python does not hear the one that comes in the moment before it reads (it looks for signals, and then waits).
        """
        for _ in range(_PRESSED):
            self.type(INTERRUPT)
            if self._is_over(_SECONDS / _PRESSED):
                break
        return self.ends()

    def _is_over(self, seconds: float) -> bool:
        """Read on until nobody is left who could write, or the time is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self._read():
                return True
        return False

    def _read(self) -> bool:
        """False where nobody is left who could write."""
        if select.select([self._master], [], [], 0.1)[0]:
            try:
                self.text += os.read(self._master, 1 << 16).decode(errors="replace").replace("\r\n", "\n")
            except OSError:  # so Linux says that the other end is closed
                return False
        return True


@contextmanager
def terminal(command: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> Iterator[Terminal]:
    """The command's controlling terminal, so that Ctrl-C reaches it. It does not outlive this."""
    master, slave = pty.openpty()
    try:
        with subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command], cwd=cwd, env=environ, stdin=slave, stdout=slave, stderr=slave
        ) as process:
            os.close(slave)
            try:
                yield Terminal(process, master)
            finally:
                process.kill()
    finally:
        os.close(master)
