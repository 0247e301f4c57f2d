"""The log entries that Cloud Logging keeps."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.timestamps import now, rfc3339

Entry = dict[str, Any]


class LogStore:
    """Append-only. An entry with the insertId and timestamp of an earlier one in the same log is the earlier one."""

    def __init__(self) -> None:
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
        return self._entries.setdefault((kept["logName"], kept["timestamp"], kept["insertId"]), kept)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))
