"""Objects that are kept up to date: listed once, then told by a watch that a thread of its own reads.

For whoever looks at the same few objects again and again: a look costs no request.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from functions.adapters import clock, kube_watch
from functions.adapters.kube_answers import Expired
from functions.adapters.kube_api import KubeApi, Object, Stream
from functions.adapters.kube_resources import Resource
from functions.errors import Retryable

T = TypeVar("T")

LISTED_AGAIN = 30.0
"""Seconds until the list is made again: a watch whose connection has died without a word tells nothing."""

MOMENT = 0.05
"""Seconds in which changes that come in quick succession are one, for whoever waits: beside other drains many do."""

LONGEST_PAUSE = 4.0
"""Seconds between two lists at the most, while no watch works; a third more where chance says so."""


class Bell:
    """Rings at every change of what is kept; several may ring it, and one waits."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._rung = self._heard = 0

    def ring(self) -> None:
        with self.changed:
            self._rung += 1
            self.changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Until it has rung since the last wait, and a moment more; or so many seconds have passed."""
        with self.changed:
            rung = self.changed.wait_for(lambda: self._rung != self._heard, timeout=seconds)
        if rung:
            clock.pause(MOMENT)
        with self.changed:
            self._heard = self._rung


def next_pause(last: float, *, worked: bool) -> float:
    """Seconds until the next list, after a watch that `worked` or failed; `last` is 0 before the first."""
    return kube_watch.PAUSE if worked or not last else min(2 * last, LONGEST_PAUSE)


class Kept(Generic[T]):
    """What `read` makes of all objects that match, without those of which it makes None."""

    def __init__(
        self,
        api: KubeApi,
        resource: Resource,
        read: Callable[[Object], T | None],
        query: Mapping[str, str],
        bell: Bell,
        *,
        namespace: str = "",
    ) -> None:
        self._api = api
        self._resource = resource
        self._read = read
        self._bell = bell
        self._namespace = namespace
        self._query = query
        self._found: dict[str, T] = {}  # by uid
        self._listed = False
        self._stream: Stream | None = None
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"watch-{resource.plural}")
        self._keeping = self._thread.submit(self._keep)
        self._keeping.add_done_callback(lambda _: bell.ring())

    def values(self) -> tuple[T, ...]:
        """As they are by now; the first time it waits for the list. Raises what a list would raise."""
        with self._bell.changed:
            self._bell.changed.wait_for(lambda: self._listed or self._keeping.done())
            if self._keeping.done():
                self._keeping.result()
            return tuple(self._found.values())

    def close(self) -> None:
        """Returns when nothing is read any more."""
        try:
            with self._bell.changed:
                self._closed = True
                self._bell.changed.notify_all()
                if self._stream:
                    self._stream.cut()
        finally:
            self._thread.shutdown()

    def _keep(self) -> None:
        pause = 0.0
        while not self._closed:
            pause = next_pause(pause, worked=self._watch(self._list()))
            spread = random.uniform(1, 4 / 3)  # noqa: S311 - jitter needs no secrecy
            with self._bell.changed:
                self._bell.changed.wait_for(lambda: self._closed, timeout=pause * spread)

    def _list(self) -> str:
        def read(found: Object) -> tuple[str, T] | None:
            value = self._read(found)
            return None if value is None else (found["metadata"]["uid"], value)

        found, version = self._api.select_with_version(self._resource, read, self._query, namespace=self._namespace)
        with self._bell.changed:
            self._found, self._listed = dict(found), True
            self._bell.ring()
        return version

    def _watch(self, version: str) -> bool:
        """Whether it told something, or was there to tell. Why it ended, the next list says: what is true, or why not.

        Where neither, the server has too much to do, or the way to it lets no watch through.
        """
        began = time.monotonic()
        events = kube_watch.once(
            self._api,
            self._resource,
            version,
            self._query,
            namespace=self._namespace,
            seconds=LISTED_AGAIN,
            opened=self._opened,
        )
        told = False
        try:
            for event in events:
                if event["type"] == "ERROR":
                    break  # too old a version, mostly
                told = True
                if event["type"] != "BOOKMARK":
                    self._hear(event)
        except (Retryable, Expired):
            pass
        return told or time.monotonic() - began > LONGEST_PAUSE

    def _opened(self, stream: Stream) -> None:
        with self._bell.changed:
            self._stream = stream
            if self._closed:
                stream.cut()

    def _hear(self, event: Object) -> None:
        uid = event["object"]["metadata"]["uid"]
        value = None if event["type"] == "DELETED" else self._read(event["object"])
        with self._bell.changed:
            if value is not None:
                self._found[uid] = value
            elif self._found.pop(uid, None) is None:
                return
            self._bell.ring()
