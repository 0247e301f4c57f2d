"""Objects that are kept up to date: listed once, then told by a watch that a thread of its own reads.

For whoever looks at the same few objects again and again: a look costs no request.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeVar

from functions.adapters import kube_watch
from functions.adapters.kube_answers import Expired
from functions.adapters.kube_api import KubeApi, Object, Stream
from functions.adapters.kube_resources import Resource
from functions.errors import Retryable

T = TypeVar("T")

LISTED_AGAIN = 30.0
"""Seconds until the list is made again: a watch whose connection has died without a word tells nothing."""


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
        """Until it has rung since the last wait, or so many seconds have passed."""
        with self.changed:
            self.changed.wait_for(lambda: self._rung != self._heard, timeout=seconds)
            self._heard = self._rung


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
        while not self._closed:
            version = self._list()
            with suppress(Retryable, Expired):  # a list says what is true now, or that nobody can be asked
                self._watch(version)
            with self._bell.changed:
                self._bell.changed.wait_for(lambda: self._closed, timeout=kube_watch.PAUSE)

    def _list(self) -> str:
        def read(found: Object) -> tuple[str, T] | None:
            value = self._read(found)
            return None if value is None else (found["metadata"]["uid"], value)

        found, version = self._api.select_with_version(self._resource, read, self._query, namespace=self._namespace)
        with self._bell.changed:
            self._found, self._listed = dict(found), True
            self._bell.ring()
        return version

    def _watch(self, version: str) -> None:
        events = kube_watch.once(
            self._api,
            self._resource,
            version,
            self._query,
            namespace=self._namespace,
            seconds=LISTED_AGAIN,
            opened=self._opened,
        )
        for event in events:
            if event["type"] == "ERROR":
                return  # too old a version, mostly
            if event["type"] != "BOOKMARK":
                self._hear(event)

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
