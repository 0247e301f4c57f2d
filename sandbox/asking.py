"""Sessions of the sandbox's asynchronous HTTP clients: as many connections as are asked for, and no deed done twice."""

import ssl
from pathlib import Path
from typing import Any

import aiohttp

_IDLE_SECONDS = 60.0


def session(ca: Path, *, timeout: aiohttp.ClientTimeout, **more: Any) -> aiohttp.ClientSession:
    """For servers whose certificates this authority has signed. Idle connections are kept for a minute."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=ssl.create_default_context(cafile=str(ca)), limit=0, keepalive_timeout=_IDLE_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=timeout,
        response_class=_Answer,
        middlewares=(_asked_once,),
        **more,
    )


class _Answer(aiohttp.ClientResponse):
    """One that is given up before its end has its connection cut.

    To close that is to wait for the server's goodbye, which TLS asks for: an event loop that ends does not, and leaves
    the connection behind.
    """

    def close(self) -> None:
        self._cut()
        super().close()

    def release(self) -> Any:
        self._cut()
        return super().release()

    def _cut(self) -> None:
        """Where the answer has come to its end, it has no connection any more."""
        if self.connection and self.connection.transport:
            self.connection.transport.abort()


async def _asked_once(request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """At these errors aiohttp repeats a GET, PUT or DELETE itself: a deed done twice, with one line in the books."""
    try:
        return await ask(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as lost:
        raise aiohttp.ClientConnectionError(str(lost)) from lost
