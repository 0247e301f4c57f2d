"""The kubelets' own HTTPS API, from which the API server fetches the logs of containers.

Each kubelet listens on a port of its own and stops listening when its machine's power is cut. Anybody may ask, since
nobody but this machine reaches loopback.
"""

import asyncio
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from sandbox.kube.certificates import issue
from sandbox.machines.containerlog import ContainerLog, Window

ADDRESS = "127.0.0.1"


class NoLog(Exception):
    """Why a kubelet shows no log, and the status that it answers with."""

    def __init__(self, why: str, *, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


class Pod(Protocol):
    """A pod that a kubelet runs."""

    def log(self, container: str, *, previous: bool) -> ContainerLog:
        """Raises NoLog."""


class KubeletServer:
    """The part that all kubelets of a fleet share: the certificate, and a dispatch by port.

    uvicorn serves the protocol; its Server, of which each would wake up ten times a second, is not needed for that.
    """

    def __init__(self) -> None:
        self._kubelets: dict[int, Callable[[str, str], Pod | None]] = {}
        app = Starlette(routes=[Route("/containerLogs/{namespace}/{pod}/{container}", self._logs)])
        self._config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        self._config.load()
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.TemporaryDirectory() as folder:
            certificate = issue(Path(folder))
            self._tls.load_cert_chain(certificate.cert, certificate.key)

    @asynccontextmanager
    async def answering(self, find: Callable[[str, str], Pod | None]) -> AsyncIterator[int]:
        """The port on which a kubelet answers; `find` gives its pods by namespace and name."""
        state = ServerState()
        listener = socket.create_server((ADDRESS, 0))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as `serving.serve` does, for the same reason

        def protocol() -> asyncio.Protocol:
            return H11Protocol(config=self._config, server_state=state, app_state={})

        server = await asyncio.get_running_loop().create_server(protocol, sock=listener, ssl=self._tls)
        port: int = listener.getsockname()[1]
        self._kubelets[port] = find
        try:
            yield port
        finally:
            del self._kubelets[port]
            server.close()
            for connection in tuple(state.connections):
                connection.transport.abort()

    async def _logs(self, request: Request) -> Response:
        namespace, name, container = (request.path_params[key] for key in ("namespace", "pod", "container"))
        window = Window.asked(request.query_params)
        pod = self._kubelets[request.scope["server"][1]](namespace, name)
        if pod is None:
            return PlainTextResponse(f'pod "{name}" does not exist', 404)
        try:
            log = pod.log(container, previous=window.previous)
        except NoLog as why:
            return PlainTextResponse(str(why), why.status)
        return StreamingResponse(log.read(window), media_type="text/plain")
