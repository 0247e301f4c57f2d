"""Serves ASGI apps on loopback ports that the kernel chooses, inside the running event loop."""

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from uvicorn._types import ASGIApplication


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """Paths of PEM files: the server's certificate and key, and the CA that clients trust."""

    cert: Path
    key: Path
    ca: Path


class _Quiet(uvicorn.Server):
    """The process that hosts the sandbox owns its signals; uvicorn must not take them."""

    def install_signal_handlers(self) -> None: ...


class Served:
    """A running server. `url` has no trailing slash."""

    def __init__(self, server: uvicorn.Server, task: "asyncio.Task[None]", port: int, *, tls: bool) -> None:
        self._server = server
        self._task = task
        self.port = port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Close the port and every connection. Stopping twice is harmless."""
        self._server.should_exit = True
        self._server.force_exit = True
        await asyncio.wait([self._task], timeout=5)


async def serve(app: ASGIApplication, *, certificate: Certificate | None = None) -> Served:
    """Start serving `app`; returns when the port answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=120,
        ssl_certfile=str(certificate.cert) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.005)
    return Served(server, task, listener.getsockname()[1], tls=certificate is not None)
