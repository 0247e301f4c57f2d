"""What a cluster has, as watches tell it: to look at without asking, and to wait for."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sandbox.kube import KubeClient
from sandbox.kube.client import WatchEvent
from tests.contract.drain.pods import Object

PATIENCE = 90.0
"""Seconds for anything that must happen; a busy machine takes its time."""

_WATCHED = ("pods", "nodes", "poddisruptionbudgets")


class Stalled(AssertionError):
    """What should have happened did not."""


class Seen:
    """Pods, nodes and budgets. `told` are called with the plural and the object at every change but the last."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._objects: dict[str, dict[str, dict[str, Object]]] = {plural: defaultdict(dict) for plural in _WATCHED}
        self._changed: dict[str, asyncio.Condition] = defaultdict(asyncio.Condition)  # by namespace
        self.told: list[Callable[[str, Object], None]] = []
        self.stirred: dict[str, Callable[[], None]] = {}  # namespace -> called at every change there

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """For as long as this lasts."""
        watches = [asyncio.create_task(self._watch(plural)) for plural in _WATCHED]
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    def get(self, plural: str, name: str, namespace: str = "") -> Object | None:
        return self._objects[plural][namespace].get(name)

    def all(self, plural: str, namespace: str) -> list[Object]:
        return list(self._objects[plural][namespace].values())

    def pods_of(self, node: str) -> list[Object]:
        """Those in the namespaces that begin with the node's name: there are all that were put on it."""
        namespaces = [each for each in self._objects["pods"] if each.startswith(node)]
        return [pod for namespace in namespaces for pod in self.all("pods", namespace)]

    async def until(self, namespace: str, condition: Callable[[], bool], what: str) -> None:
        """Wait for it; it is asked at every change in the namespace. Raises Stalled."""
        changed = self._changed[namespace]
        try:
            async with asyncio.timeout(PATIENCE), changed:
                await changed.wait_for(condition)
        except TimeoutError as error:
            raise Stalled(f"{namespace}: {what}") from error

    async def _watch(self, plural: str) -> None:
        async for event in self._client.watch(plural):
            self._note(plural, event)
            namespace = event.object["metadata"].get("namespace", "")
            if stirred := self.stirred.get(namespace):
                stirred()
            if changed := self._changed.get(namespace):
                async with changed:
                    changed.notify_all()

    def _note(self, plural: str, event: WatchEvent) -> None:
        metadata = event.object["metadata"]
        present = self._objects[plural][metadata.get("namespace", "")]
        if event.type == "DELETED":
            present.pop(metadata["name"], None)
            return
        present[metadata["name"]] = event.object
        for told in self.told:
            told(plural, event.object)
