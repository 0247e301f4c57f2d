"""The audit trail: one structured line per decision on stdout, where Cloud Logging reads it.

Google's handler adds the severity and the trace of the request that is being answered. What JSON does not know is
written as text: a decision is never lost, or stopped, for its wording.
"""

import logging
import math
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TextIO

from google.cloud.logging_v2.handlers import StructuredLogHandler

LOGGER = "repull"
LONGEST = 8192
"""Characters of one value: Cloud Logging takes 256 KB in an entry, and drops what is larger."""
DEEPEST = 8


class StructuredAudit:
    """`ports.Audit` on the logger `repull`; whatever else is said on that logger goes the same way.

    `project` is where traces live.
    """

    def __init__(self, *, project: str | None, stream: TextIO | None = None) -> None:
        self._log = logging.getLogger(LOGGER)
        for earlier in tuple(self._log.handlers):
            self._log.removeHandler(earlier)
        handler = StructuredLogHandler(project_id=project, stream=stream or sys.stdout)  # type: ignore[no-untyped-call]  # it has no types
        self._log.addHandler(handler)
        self._log.setLevel(logging.INFO)
        self._log.propagate = False

    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:
        payload = {"event": event, "message": _plain(message), **{name: _plain(fields[name]) for name in fields}}
        self._log.log(logging.WARNING if warning else logging.INFO, payload, stacklevel=2)


def _plain(value: object, depth: int = 0) -> Any:
    """The value as JSON can say it."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if depth < DEEPEST and isinstance(value, Mapping):
        return {_text(key): _plain(each, depth + 1) for key, each in value.items()}
    if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_plain(each, depth + 1) for each in value]
    return _text(value)


def _text(value: object) -> str:
    text = str(value).encode(errors="backslashreplace").decode()  # half a surrogate pair has no UTF-8
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
