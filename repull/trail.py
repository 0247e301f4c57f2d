"""The audit trail as Cloud Logging keeps it: entries.list of the Logging API v2, page by page, oldest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.adapters.google_session import GoogleSession
from functions.errors import Refused

PERMISSIONS = frozenset({"logging.logEntries.list"})

PAGE = 1000
"""Entries of one request: the API counts requests, not entries (its quotas page: 60 a minute)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is looked for; "" and () mean any.

    A `message_id` finds what became of a message, too: a line about one that was not understood names no cluster.
    """

    project: str
    cluster: str
    refresh: str
    node: str
    events: tuple[str, ...]
    since: datetime
    until: datetime
    message_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One decision. `entry` is all that is known of it."""

    at: datetime
    who: str
    entry: dict[str, Any]

    @property
    def event(self) -> str:
        return self._said("event")

    @property
    def refresh(self) -> str:
        return self._said("refresh")

    @property
    def node(self) -> str:
        return self._said("node")

    @property
    def message(self) -> str:
        return self._said("message")

    @property
    def message_id(self) -> str:
        return self._said("message_id")

    def _said(self, field: str) -> str:
        return str((self.entry.get("jsonPayload") or {}).get(field) or "")


def read(session: GoogleSession, endpoint: str, question: Question) -> Iterator[Line]:
    """Asks for no more pages than are wanted. Raises Refused with the permission that is missing, and Retryable."""
    body: dict[str, Any] = {
        "resourceNames": [f"projects/{question.project}"],
        "filter": query(question),
        "orderBy": "timestamp asc",
        "pageSize": PAGE,
    }
    url = f"{endpoint}/v2/entries:list"
    while True:
        page = session.post(url, body, permission=f"roles/logging.viewer on project {question.project}")
        if page is None:
            raise Refused(f"POST {url}: there is no project {question.project}; name the functions' with --project")
        for entry in page.get("entries") or ():
            yield _line(entry)
        token = page.get("nextPageToken")  # a page may be empty and not the last, as long as the search goes on
        if not token:
            return
        body["pageToken"] = token


def query(question: Question) -> str:
    """In the Logging query language."""
    about = [
        f"jsonPayload.{field}={_quoted(value)}"
        for field, value in (("cluster", question.cluster), ("refresh", question.refresh), ("node", question.node))
        if value
    ]
    whom = " AND ".join(about)
    rows = [
        'resource.type="cloud_run_revision"',
        f'timestamp>="{_written(question.since)}"',
        f'timestamp<="{_written(question.until)}"',
        f"(({whom}) OR jsonPayload.message_id={_quoted(question.message_id)})" if question.message_id else whom,
    ]
    named = [f"jsonPayload.event={_quoted(each)}" for each in question.events]
    rows.append(f"({' OR '.join(named)})" if named else 'jsonPayload.event:"repull."')
    return " AND ".join(rows)


def _line(entry: dict[str, Any]) -> Line:
    """Who: the person, where they said so, else the function that decided."""
    payload = entry.get("jsonPayload") or {}
    labels = (entry.get("resource") or {}).get("labels") or {}
    claimed = str(payload.get("requested_by") or "")
    who = f"{claimed} (claimed)" if claimed else str(labels.get("service_name") or "")
    return Line(at=datetime.fromisoformat(str(entry["timestamp"])), who=who, entry=entry)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
