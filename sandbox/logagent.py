"""What Cloud Run's logging agent does: a line that a function writes becomes a log entry."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.google.logstore import Entry, LogStore

_PREFIX = "logging.googleapis.com/"
_LIFTED = {
    f"{_PREFIX}trace": "trace",
    f"{_PREFIX}spanId": "spanId",
    f"{_PREFIX}trace_sampled": "traceSampled",
    f"{_PREFIX}labels": "labels",
    f"{_PREFIX}sourceLocation": "sourceLocation",
    f"{_PREFIX}insertId": "insertId",
    "httpRequest": "httpRequest",
    "severity": "severity",
}
"""Fields of a JSON line that become fields of the entry (Cloud Logging, structured logging's special fields)."""


class LogAgent:
    """One for all functions of a project."""

    def __init__(self, logs: LogStore, *, project: str, location: str) -> None:
        self._logs = logs
        self._project = project
        self._location = location
        self.listeners: list[Callable[[Entry], None]] = []

    def follow(self, service: str) -> Callable[[str, str], None]:
        """What takes the lines of one service, by stream."""
        labels = {"project_id": self._project, "location": self._location, "service_name": service}

        def take(stream: str, line: str) -> None:
            if not line:
                return
            entry = self._logs.write(
                {
                    "logName": f"projects/{self._project}/logs/run.googleapis.com%2F{stream}",
                    "resource": {"type": "cloud_run_revision", "labels": labels},
                    **_content(line),
                }
            )
            for listener in self.listeners:
                listener(entry)

        return take


def _content(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {"textPayload": line}
    if not isinstance(found, dict):
        return {"textPayload": line}
    lifted = {field: found.pop(key) for key, field in _LIFTED.items() if key in found}
    lifted = {field: value for field, value in lifted.items() if value not in (None, "", {})}
    return {**lifted, "jsonPayload": found}
