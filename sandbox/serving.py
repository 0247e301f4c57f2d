"""Serves ASGI apps on loopback ports that the kernel chooses, inside the running event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """Paths of PEM files: the server's certificate and key, and the CA that clients trust."""

    cert: Path
    key: Path
    ca: Path


class _Server(uvicorn.Server):
    """The process that hosts the sandbox owns its signals. It has many servers, and each ends at once when told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        """The library's own looks ten times a second whether it shall end."""
        while not self.ending.is_set():
            await self.on_tick(0)  # the date that it tells
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """The library's own waits for whoever is being answered."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for protocol in tuple(self.server_state.connections):
            protocol.shutdown()
            await asyncio.sleep(0)
            protocol.transport.abort()  # a client that never closes would keep TLS open


class Served:
    """A running server. `url` has no trailing slash."""

    def __init__(self, server: _Server, task: "asyncio.Task[None]", port: int, *, tls: bool) -> None:
        self._server = server
        self._task = task
        self.port = port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Close the port and every connection. Stopping twice is harmless."""
        self._server.ending.set()
        await asyncio.wait([self._task], timeout=5)
        await asyncio.sleep(0)
        for protocol in tuple(self._server.server_state.connections):
            protocol.transport.abort()  # its TLS came about only now


def drop(scope: MutableMapping[str, Any]) -> None:
    """Close the connection behind `scope` at once; whatever the app still sends goes nowhere."""
    scope["extensions"]["sandbox.drop"]()


def _droppable(app: ASGIApp) -> ASGIApp:
    """Hands each request's transport to `drop` as an ASGI extension; uvicorn's `send` is a method of what owns it."""

    async def with_extension(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            transport = send.__self__.transport  # type: ignore[attr-defined] # the bound RequestResponseCycle
            scope["extensions"] = {**(scope.get("extensions") or {}), "sandbox.drop": transport.abort}
        await app(scope, receive, send)

    return with_extension


async def serve(app: ASGIApp, *, certificate: Certificate | None = None, port: int = 0) -> Served:
    """Start serving `app`, on a port that the kernel chooses unless one is given; returns when it answers."""
    listener = socket.create_server(("127.0.0.1", port))
    # asyncio does so itself only where it knows the protocol; without it every answer waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        _droppable(app),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=120,
        ssl_certfile=str(certificate.cert) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.005)
    return Served(server, task, listener.getsockname()[1], tls=certificate is not None)
