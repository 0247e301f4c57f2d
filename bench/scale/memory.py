"""How much memory a function's process has needed so far."""

import os
import re
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_mb(process_group: int) -> float:
    """The largest resident set that any process of the group has ever had."""
    return max(_peaks(process_group)) / 1024


def _peaks(process_group: int) -> list[int]:
    found = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == process_group and (peak := _PEAK.search(status.read_text())):
                found.append(int(peak[1]))
        except (ProcessLookupError, FileNotFoundError):
            continue  # it has ended meanwhile
    return found
