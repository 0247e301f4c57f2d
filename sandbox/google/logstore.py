"""The log entries that Cloud Logging keeps."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.timestamps import now, rfc3339

Entry = dict[str, Any]


class LogStore:
    """Append-only. An entry with the insertId and timestamp of an earlier one in the same log is the earlier one."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[Entry], None]] = []  # told of every entry that is kept
        self._entries: dict[tuple[str, str, str], Entry] = {}

    def write(self, entry: Mapping[str, Any]) -> Entry:
        """Keep an entry, completed as Logging completes it; answers what is kept."""
        arrived = rfc3339(now())
        kept = {
            "insertId": secrets.token_hex(8),
            "timestamp": arrived,
            "severity": "DEFAULT",
            **entry,
            "receiveTimestamp": arrived,
        }
        key = (kept["logName"], kept["timestamp"], kept["insertId"])
        if key in self._entries:
            return self._entries[key]
        self._entries[key] = kept
        for listener in self.listeners:
            listener(kept)
        return kept

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))
