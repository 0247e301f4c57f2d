"""Builds one program with `go build`, saying now and then that it still does."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from sandbox.hosting import bound_to_us
from sandbox.real.programs import Program

Progress = Callable[[str], None]
"""Called with a line for whoever waits."""

_HEARTBEAT = 15.0  # seconds between two signs of life
_PATIENCE = 5.0  # seconds until a compiler that was interrupted is killed
_LAST_WORDS = 20  # lines
_NO_SPACE = "no space left on device"


class BuildFailed(RuntimeError):
    """The message has the compiler's last words."""


def build(program: Program, target: Path, progress: Progress) -> None:
    """Put it at `target`, whole or not at all. Raises BuildFailed, or OSError where there is no place for it."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    began = time.monotonic()
    try:
        _compile(program, unfinished, lambda: progress(f"building {program.name} … {time.monotonic() - began:.0f} s"))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    progress(f"built {program.name} in {time.monotonic() - began:.0f} s")


def _compile(program: Program, target: Path, beat: Callable[[], None]) -> None:
    # What debuggers read is stripped by the linker anyway: not compiling it saves a tenth of the time.
    flags = ("-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", "-ldflags", program.link_flags)
    command = ["go", "build", *flags, "-o", str(target)]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(
            bound_to_us(*command, program.package),
            cwd=program.folder,
            env={**os.environ, "GOWORK": "off"},  # a workspace further up would overrule the pins
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # with its compilers it is ended as a whole
        )
        try:
            beat()
            while (status := _wait(process, _HEARTBEAT)) is None:
                beat()
        finally:
            _end(process)
        if status:
            said.seek(0)
            raise BuildFailed(_why(program, "".join(deque(said, maxlen=_LAST_WORDS)).strip()))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Go clears up behind itself when it is interrupted. Harmless where it has ended."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            _wait(process, _PATIENCE)


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _why(program: Program, words: str) -> str:
    reason = f"{program.name} was not built:\n{words}"
    if _NO_SPACE in words:
        reason += "\nGo's caches take about 6 GB (see `go env GOCACHE GOMODCACHE GOTMPDIR`)"
    return reason
