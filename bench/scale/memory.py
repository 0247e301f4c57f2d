"""How much memory a function's process has needed so far."""

import os
import re
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_mb(process_group: int | None) -> float:
    """The largest resident set that any process of the group has ever had. Raises RuntimeError where none runs."""
    peaks = _peaks(process_group) if process_group else []
    if not peaks:
        raise RuntimeError("the function whose memory is asked for does not run")
    return max(peaks) / 1024


def _peaks(process_group: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == process_group and (peak := _PEAK.search(status.read_text())):
                found.append(int(peak[1]))
        except (ProcessLookupError, FileNotFoundError):
            continue  # it has ended meanwhile
    return found
