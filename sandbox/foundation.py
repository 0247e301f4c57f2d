"""What every part of a world stands on: who is who, the books, the faults, and how parts are started and ended."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from sandbox.books import Books
from sandbox.endpoint import Endpoint
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.kube.client import KubeClient
from sandbox.pace import Pace
from sandbox.serving import Certificate, serve


class Foundation:
    """Whatever is started through it is ended with it, in the reverse order."""

    def __init__(self, *, stack: AsyncExitStack, group: asyncio.TaskGroup, directory: Path, pace: Pace) -> None:
        self.stack = stack
        self.directory = directory  # for files that nobody needs afterwards
        self.pace = pace
        self.identities, self.policies = Identities(), Policies()
        self.books, self.faults = Books(), Faults()
        self.front = Front(books=self.books, faults=self.faults)
        self._group = group

    async def serve(self, app: ASGIApp, certificate: Certificate | None = None) -> str:
        """On a port of its own; answers the URL."""
        served = await serve(app, certificate=certificate)
        self.stack.push_async_callback(served.stop)
        return served.url

    def connect(self, endpoint: Endpoint, token: str) -> KubeClient:
        """A client of an API server, open until the end."""
        client = endpoint.connect(token)
        self.stack.push_async_callback(client.close)
        return client

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Goes on until the end. A failure in it ends the world."""
        task = self._group.create_task(work)

        async def end() -> None:
            """Nothing of it may still run when the clients that it uses are closed."""
            task.cancel()
            await asyncio.wait([task])

        self.stack.push_async_callback(end)
