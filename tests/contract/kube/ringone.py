"""The simulated API server over real sockets, with controllers or alone."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.books import Books
from sandbox.controllers.run import run_controllers
from sandbox.faults import Faults
from sandbox.identities import Identities
from sandbox.kube import KubeApi, KubeClient
from sandbox.kube.certificates import issue
from sandbox.pace import Pace
from sandbox.serving import serve
from tests.background import Background
from tests.contract.kube.server import Server


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The server, and the parts of it that a real one does not have."""

    server: Server
    api: KubeApi
    identities: Identities
    books: Books
    faults: Faults
    background: Background


@contextmanager
def sandbox(directory: Path, *, kubectl: Path | None = None) -> Iterator[Sandbox]:
    """The API server alone: nobody but the test calls it."""
    certificate = issue(directory)
    identities, books, faults = Identities(), Books(), Faults()
    with Background() as background:
        api = KubeApi(identities=identities, books=books, faults=faults)
        served = background.run(serve(api.app, certificate=certificate))

        async def compact() -> None:
            api.store.compact()

        server = Server(
            url=served.url,
            ca=certificate.ca,
            token=api.admin_token,
            forget=lambda: background.run(compact()),
            kubectl=kubectl,
        )
        yield Sandbox(server=server, api=api, identities=identities, books=books, faults=faults, background=background)
        server.close()
        background.run(served.stop())


@contextmanager
def controlled(opened: Sandbox) -> Iterator[None]:
    """With the sandbox's controllers and scheduler at work, in real time as the real ones."""

    async def start() -> tuple[KubeClient, "asyncio.Task[None]"]:
        token = opened.identities.issue("system:controllers")
        kube = KubeClient(url=opened.server.url, ca=opened.server.ca, token=token)
        return kube, asyncio.create_task(run_controllers(kube, Pace()))

    async def stop(kube: KubeClient, work: "asyncio.Task[None]") -> None:
        work.cancel()
        await asyncio.wait([work])
        await kube.close()

    begun = opened.background.run(start())
    yield
    opened.background.run(stop(*begun))
