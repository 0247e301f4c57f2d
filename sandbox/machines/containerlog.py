"""What containers have said: kept on a machine's disk, where it outlives a reset, and read through the kubelet."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.kube import times

RUNS = 2  # of a container whose logs are kept: the present one and the one before

Line = tuple[datetime, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which part of a log is asked for, and how."""

    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail: int | None = None
    limit: int | None = None  # bytes
    since: datetime | None = None

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> "Window":
        """What the API server, which has looked at it, passes on."""

        def number(name: str) -> int | None:
            return int(query[name]) if name in query else None

        seconds, moment = number("sinceSeconds"), query.get("sinceTime")
        return cls(
            follow=query.get("follow") == "true",
            previous=query.get("previous") == "true",
            timestamps=query.get("timestamps") == "true",
            tail=number("tailLines"),
            limit=number("limitBytes"),
            since=times.now() - timedelta(seconds=seconds) if seconds else times.parse(moment) if moment else None,
        )


@dataclass(kw_only=True, slots=True)
class ContainerLog:
    """The log of one run of a container."""

    lines: list[Line] = field(default_factory=list)
    ended: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, texts: Iterable[str]) -> None:
        now = times.now()
        self.lines.extend((now, text) for text in texts)
        self._wake()

    def end(self) -> None:
        """Nothing will be written any more."""
        self.ended = True
        self._wake()

    async def read(self, window: Window) -> AsyncIterator[bytes]:
        """What the window shows; with `follow`, until the container has ended."""
        left = window.limit
        shown = max(0, len(self.lines) - window.tail) if window.tail is not None else 0
        while True:
            fresh, shown = self.lines[shown:], len(self.lines)
            text = b"".join(_written(line, window) for line in fresh if window.since is None or line[0] >= window.since)
            if left is not None:
                text = text[:left]
                left -= len(text)
            yield text  # even where it is empty: whoever follows learns at once that there is a log
            if left == 0 or not window.follow or (self.ended and shown == len(self.lines)):
                return
            if shown == len(self.lines):
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class LogFolder:
    """/var/log/pods of one machine."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], dict[str, ContainerLog]] = {}

    def open(self, pod_uid: str, container: str, container_id: str) -> ContainerLog:
        """A new run's log, still empty. The oldest one goes."""
        runs = self._runs.setdefault((pod_uid, container), {})
        log = runs[container_id] = ContainerLog()
        for outdated in list(runs)[:-RUNS]:
            del runs[outdated]
        return log

    def find(self, pod_uid: str, container: str, container_id: str) -> ContainerLog | None:
        return self._runs.get((pod_uid, container), {}).get(container_id)

    def remove(self, pod_uid: str) -> None:
        """The pod is gone, and its logs go with it."""
        for key in [key for key in self._runs if key[0] == pod_uid]:
            del self._runs[key]

    def end_all(self) -> None:
        """The power is cut: nothing writes any more."""
        for runs in self._runs.values():
            for log in runs.values():
                log.end()


def _written(line: Line, window: Window) -> bytes:
    at, said = line
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z ") if window.timestamps else ""
    return f"{stamp}{said}\n".encode()
