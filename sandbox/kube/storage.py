"""Versioned objects and what happened to them: etcd and the watch cache in one, without rules of any kind."""

import json
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Object = dict[str, Any]
Objects = list[Object]
Key = tuple[str, str]  # namespace, name


@dataclass(frozen=True)
class Version:
    """One state of one object. Nobody changes `object`; whoever wants another state takes a `copy`."""

    object: Object
    revision: int

    @cached_property
    def item(self) -> bytes:
        """As an item of a list: without kind and apiVersion, as the real server leaves them out."""
        bare = {key: value for key, value in self.object.items() if key not in {"kind", "apiVersion"}}
        return json.dumps(bare, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def raw(self) -> bytes:
        """As JSON."""
        head = f'{{"kind":"{self.object["kind"]}","apiVersion":"{self.object["apiVersion"]}",'
        return head.encode() + self.item[1:]

    def copy(self) -> Object:
        copied: Object = json.loads(self.raw)
        return copied


@dataclass(frozen=True, slots=True)
class Change:
    """What a watcher is told. `old` is None for the first state of an object."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    revision: int
    new: Version
    old: Version | None


class Compacted(Exception):
    """The history before `oldest` is forgotten."""

    def __init__(self, oldest: int) -> None:
        super().__init__(oldest)
        self.oldest = oldest


@dataclass(slots=True)
class _Shelf:
    """Everything of one resource."""

    versions: dict[Key, Version] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)  # sorted, as etcd lists them
    history: deque[Change] = field(default_factory=deque)
    oldest: int = 0  # changes up to this revision are forgotten
    watchers: list[Callable[[Change], None]] = field(default_factory=list)


class Storage:
    """One revision counter for all; every write is one step of it."""

    def __init__(self, *, remembered_changes: int = 5_000) -> None:
        self._remembered = remembered_changes
        self._shelves: dict[str, _Shelf] = {}
        self.revision = 1
        self.forgotten = 0  # states of lists before this revision can't be shown again

    def _shelf(self, resource: str) -> _Shelf:
        shelf = self._shelves.get(resource)
        if shelf is None:
            shelf = self._shelves[resource] = _Shelf()
        return shelf

    def get(self, resource: str, key: Key) -> Version | None:
        return self._shelf(resource).versions.get(key)

    def range(self, resource: str, namespace: str = "") -> list[Version]:
        """In the order of their keys; all namespaces where none is given."""
        shelf = self._shelf(resource)
        if not namespace:
            return [shelf.versions[key] for key in shelf.keys]
        first = bisect_left(shelf.keys, (namespace, ""))
        last = bisect_left(shelf.keys, (namespace + "\0", ""))
        return [shelf.versions[key] for key in shelf.keys[first:last]]

    def put(self, resource: str, key: Key, obj: Object) -> Version:
        """Write `obj` as the newest state and stamp it with its resourceVersion."""
        shelf = self._shelf(resource)
        old = shelf.versions.get(key)
        version = self._stamp(obj)
        shelf.versions[key] = version
        if old is None:
            insort(shelf.keys, key)
        self._tell(shelf, Change("MODIFIED" if old else "ADDED", version.revision, version, old))
        return version

    def remove(self, resource: str, key: Key) -> Version:
        """Forget the object; its last state carries the revision of its removal, as the real one's does."""
        shelf = self._shelf(resource)
        old = shelf.versions.pop(key)
        shelf.keys.remove(key)
        last = self._stamp(old.copy())
        self._tell(shelf, Change("DELETED", last.revision, last, old))
        return last

    def since(self, resource: str, revision: int) -> list[Change]:
        """What happened after `revision`; raises Compacted where that is no longer known."""
        shelf = self._shelf(resource)
        if revision < shelf.oldest:
            raise Compacted(shelf.oldest)
        return [change for change in shelf.history if change.revision > revision]

    def subscribe(self, resource: str, watcher: Callable[[Change], None]) -> Callable[[], None]:
        """Call `watcher` at every change from now on; the answer ends that."""
        watchers = self._shelf(resource).watchers
        watchers.append(watcher)
        return lambda: watchers.remove(watcher)

    def compact(self) -> None:
        """Forget all history, as a restarted API server does: watches from an older revision are answered 410."""
        self.forgotten = self.revision
        for shelf in self._shelves.values():
            shelf.history.clear()
            shelf.oldest = self.revision

    def _stamp(self, obj: Object) -> Version:
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        return Version(obj, self.revision)

    def _tell(self, shelf: _Shelf, change: Change) -> None:
        shelf.history.append(change)
        if len(shelf.history) > self._remembered:
            shelf.oldest = shelf.history.popleft().revision
        for watcher in tuple(shelf.watchers):
            watcher(change)
