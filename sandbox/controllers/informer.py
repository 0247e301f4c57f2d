"""A cache of all objects of one kind, kept by list and watch, that tells whoever is interested what changed."""

import asyncio
from collections.abc import Callable, Iterator

from sandbox.kube.client import ApiError, KubeClient
from sandbox.objects.kinds import Object, key_of, uid_of

Handler = Callable[[Object | None, Object | None], None]
"""Called with an object before and after: None before it was there, None after it is gone."""

RETRY = 0.5  # real seconds between two tries at a kind that the server does not serve, or not now


class Informer:
    """Iterating over it gives the cached objects. They are shared: nobody may change one."""

    def __init__(self, client: KubeClient, resource: str) -> None:
        self._client = client
        self._resource = resource
        self._objects: dict[str, Object] = {}
        self._gone: set[str] = set()  # UIDs, which never come back
        self._handlers: list[Handler] = []
        self.synced = asyncio.Event()

    def __iter__(self) -> Iterator[Object]:
        return iter(tuple(self._objects.values()))

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, key: str) -> Object | None:
        return self._objects.get(key)

    def subscribe(self, handler: Handler) -> None:
        self._handlers.append(handler)

    def observe(self, obj: Object) -> None:
        """Take in an object that the API server has just answered with, unless a newer one is known, or its end."""
        if uid_of(obj) in self._gone:
            return
        key = key_of(obj)
        before = self._objects.get(key)
        if before and uid_of(before) == uid_of(obj) and _version(obj) <= _version(before):
            return
        if before and uid_of(before) != uid_of(obj):
            self._tell(before, None)
            before = None
        self._objects[key] = obj
        self._tell(before, obj)

    def forget(self, obj: Object) -> None:
        """It is gone; another of the same name is not meant."""
        known = self._objects.get(key_of(obj))
        if known and uid_of(known) == uid_of(obj):
            del self._objects[key_of(obj)]
            self._tell(known, None)

    async def run(self) -> None:
        """Follow the API server until cancelled. A kind that it does not serve (yet) is empty."""
        while True:
            try:
                await self._follow()
            except ApiError as fault:
                if fault.status == 404:
                    self.synced.set()
            await asyncio.sleep(RETRY)

    async def _follow(self) -> None:
        listed: set[str] | None = set()
        async for event in self._client.watch(self._resource, bookmarks=True):
            if event.type == "BOOKMARK":
                for obj in self:
                    if listed is not None and uid_of(obj) not in listed:
                        self.forget(obj)  # went while nobody was watching
                listed = None
                self.synced.set()
            elif event.type == "DELETED":
                self._gone.add(uid_of(event.object))  # the answer to whoever wrote it last may come after this
                self.forget(event.object)
            else:
                if listed is not None:
                    listed.add(uid_of(event.object))
                self.observe(event.object)

    def _tell(self, before: Object | None, after: Object | None) -> None:
        for handler in self._handlers:
            handler(before, after)


def _version(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])
