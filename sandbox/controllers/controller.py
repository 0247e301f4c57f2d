"""The loop that all controllers share: keys in, one reconciliation at a time for each, again after a failure."""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import ClassVar

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.workqueue import WorkQueue
from sandbox.kube.client import ApiError
from sandbox.objects.kinds import Object, key_of, namespace_of
from sandbox.objects.owners import controller_of

_log = logging.getLogger(__name__)


class Controller(ABC):
    """Brings one kind of object to what its spec says, whenever something about it changes."""

    component: ClassVar[str]  # as its events name it
    workers: ClassVar[int] = 2

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.recorder = cluster.recorder(self.component)
        self.queue = WorkQueue()
        self.subscribe()

    @abstractmethod
    def subscribe(self) -> None:
        """Say which changes put which keys into the queue."""

    @abstractmethod
    async def reconcile(self, key: str) -> float | None:
        """Compare and write; harmless when repeated. Returns when to look again, in simulated seconds, if at all."""

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.workers):
                    group.create_task(self._work())
        finally:
            self.queue.close()

    async def _work(self) -> None:
        while True:
            key = await self.queue.take()
            try:
                again = await self.reconcile(key)
            except ApiError as fault:
                # A conflict, a fault or a namespace on its way out: the world is read again and decided anew.
                _log.debug("%s: %s: %s", self.component, key, fault)
                self.queue.add_after_failure(key)
            else:
                self.queue.succeeded(key)
                if again is not None:
                    self.queue.add_later(key, self.cluster.pace.real(again))
            finally:
                self.queue.done(key)

    def follow(self, resource: str) -> None:
        """Each changed object of `resource` is a key."""
        self.cluster.informer(resource).subscribe(lambda before, after: self.queue.add(key_of(after or before or {})))

    def follow_dependents(self, resource: str, owner_kind: str) -> None:
        """Each change of an object of `resource` is one of its controlling owner, where that is an `owner_kind`."""

        def changed(before: Object | None, after: Object | None) -> None:
            obj = after or before or {}
            reference = controller_of(obj)
            if reference and reference["kind"] == owner_kind:
                self.queue.add(f"{namespace_of(obj)}/{reference['name']}")

        self.cluster.informer(resource).subscribe(changed)
