"""A bounded dictionary whose entries end. Thread-safe; `now` is an argument."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Expiring(Generic[K, V]):
    """Beyond `most` entries, the one that was put or found longest ago is forgotten."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, tuple[V, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: K, value: V, *, until: datetime) -> None:
        with self._lock:
            self._entries[key] = (value, until)
            self._entries.move_to_end(key)
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def get(self, key: K, *, now: datetime) -> V | None:
        """None where there is none, or its time is over."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            value, until = entry
            if now >= until:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return value

    def drop(self, key: K) -> None:
        """Forget it; not there is an answer."""
        with self._lock:
            self._entries.pop(key, None)
