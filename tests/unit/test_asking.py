"""How the sandbox's own clients leave their servers."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from sandbox.asking import session
from sandbox.kube import certificates
from sandbox.serving import Certificate

_BEGUN = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n"
_SECONDS = 30


def served(listener: socket.socket, certificate: Certificate, says: bytes, asked: "Future[None]") -> str:
    """Answer one request with what the server `says`, and wait until the client leaves: how did it?"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    accepted, _ = listener.accept()
    accepted.settimeout(_SECONDS)
    with accepted, context.wrap_socket(accepted, server_side=True, suppress_ragged_eofs=False) as connection:
        connection.recv(65536)
        connection.sendall(says)
        asked.set_result(None)
        try:
            return "said goodbye" if connection.recv(1) == b"" else "said more"
        except (ssl.SSLEOFError, ConnectionResetError):
            return "cut"


@contextmanager
def server(certificate: Certificate, says: bytes = b"") -> Iterator[tuple[str, "Future[None]", "Future[str]"]]:
    """Its address; that it was asked; how its client left."""
    asked: Future[None] = Future()
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        listener.settimeout(_SECONDS)
        left = pool.submit(served, listener, certificate, says, asked)
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", asked, left


def test_an_answer_that_is_given_up_has_its_connection_cut(tmp_path: Path) -> None:
    certificate = certificates.issue(tmp_path)

    async def leave() -> str:
        with server(certificate, says=_BEGUN) as (url, _, left):
            async with session(certificate.ca, timeout=aiohttp.ClientTimeout(total=_SECONDS)) as http:
                async with http.get(url) as response:
                    assert await response.content.readany() == b"."
                return await asyncio.wrap_future(left)

    assert asyncio.run(leave()) == "cut"


def test_a_call_that_is_given_up_has_its_connection_cut(tmp_path: Path) -> None:
    certificate = certificates.issue(tmp_path)

    async def leave() -> str:
        with server(certificate) as (url, asked, left):
            async with session(certificate.ca, timeout=aiohttp.ClientTimeout(total=_SECONDS)) as http:
                call = asyncio.ensure_future(http.get(url))
                await asyncio.wrap_future(asked)
                call.cancel()
                await asyncio.wait([call])
                return await asyncio.wrap_future(left)

    assert asyncio.run(leave()) == "cut"
