"""Whether processes are still there."""

import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event

_SECONDS = 100.0


def wait_until_gone(pids: Iterable[int]) -> None:
    """Fails, naming them, where some stay."""
    left, deadline, pause = set(pids), time.monotonic() + _SECONDS, Event()
    while left := {pid for pid in left if is_running(pid)}:
        assert time.monotonic() < deadline, f"still there: {left}"
        pause.wait(0.02)


def is_running(pid: int) -> bool:
    """One that only waits to be reaped, by whatever init there is, runs no more."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"
