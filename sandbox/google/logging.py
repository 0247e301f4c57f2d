"""Cloud Logging v2: entries.write and entries.list, enough to read the audit back."""

from typing import Any

from starlette.routing import Route

from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError
from sandbox.google.logstore import Entry, LogStore
from sandbox.loggingquery import InvalidQuery, Query

_ORDERS = {"": False, "timestamp asc": False, "timestamp desc": True}


class Logging:
    def __init__(self, *, door: Door, logs: LogStore) -> None:
        self._door = door
        self._logs = logs

    def routes(self) -> list[Route]:
        return [
            self._door.route(
                f"/v2/entries:{verb}", work, api="logging", verb=verb, resource="entries", name="", method="POST"
            )
            for verb, work in (("write", self._write), ("list", self._list))
        ]

    async def _write(self, ask: Ask) -> dict[str, Any]:
        """The request's logName, resource and labels stand in where an entry has none."""
        defaults = {key: ask.body[key] for key in ("logName", "resource") if key in ask.body}
        entries = [
            {**defaults, **entry, "labels": {**ask.body.get("labels", {}), **entry.get("labels", {})}}
            for entry in ask.body.get("entries", [])
        ]
        for entry in entries:
            project = _project(entry.get("logName", ""))
            self._require(ask, "logging.logEntries.create", project)
        for entry in entries:
            self._logs.write(entry)
        return {}

    async def _list(self, ask: Ask) -> dict[str, Any]:
        projects = [_project(name) for name in ask.body.get("resourceNames", [])]
        if not projects:
            raise GoogleError(400, "resource_names is required")
        for project in projects:
            self._require(ask, "logging.logEntries.list", project)
        order = ask.body.get("orderBy", "")
        if order not in _ORDERS:
            raise GoogleError(400, f"Invalid orderBy: {order}")
        try:
            query = Query.parse(ask.body.get("filter", ""))
        except InvalidQuery as problem:
            raise GoogleError(400, f"Unparseable filter: {problem}") from problem
        found = [entry for entry in self._logs if _project(entry["logName"]) in projects and query.matches(entry)]
        found.sort(key=_when, reverse=_ORDERS[order])
        return _page(found, ask.body)

    def _require(self, ask: Ask, permission: str, project: str) -> None:
        message = f"Permission '{permission}' denied on resource (or it may not exist)."
        self._door.require(ask, permission, project, message)


def _project(name: str) -> str:
    parts = name.split("/")
    if len(parts) < 2 or parts[0] != "projects":
        raise GoogleError(400, f"Invalid name: {name!r} is not below a project")
    return "/".join(parts[:2])


def _when(entry: Entry) -> str:
    return str(entry["timestamp"])


def _page(entries: list[Entry], body: dict[str, Any]) -> dict[str, Any]:
    start = int(body.get("pageToken") or 0)
    end = start + int(body.get("pageSize") or 50)
    page: dict[str, Any] = {"entries": entries[start:end]}
    if end < len(entries):
        page["nextPageToken"] = str(end)
    return page
