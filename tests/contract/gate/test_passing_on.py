"""What the gate adds to a request and takes from an answer: nothing, but what belongs to a connection alone."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.books import Books
from sandbox.endpoint import Endpoint
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.identities import Identities
from sandbox.kube import certificates
from sandbox.real.gate import Gate
from sandbox.serving import drop, serve

BODY = gzip.compress(b'{"kind":"Status"}')


@dataclass
class Mirror:
    """Answers with gzip, whatever is asked, and remembers what came in."""

    scopes: list[Scope] = field(default_factory=list)

    async def app(self, scope: Scope, _: Receive, send: Send) -> None:
        self.scopes.append(scope)
        headers = [(b"content-encoding", b"gzip"), (b"x-twice", b"1"), (b"x-twice", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})


async def breaks_off(scope: Scope, _: Receive, send: Send) -> None:
    """In the middle of an answer of which nobody knows the length."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    drop(scope)


@asynccontextmanager
async def gate_before(app: ASGIApp, directory: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        pki = certificates.issue(directory)
        behind = await serve(app, certificate=pki)
        stack.push_async_callback(behind.stop)
        front = Front(books=Books(), faults=Faults())
        endpoint = Endpoint(url=behind.url, ca=pki.ca)
        gate = await stack.enter_async_context(Gate.before(endpoint, identities=Identities(), front=front))
        served = await serve(gate.app)
        stack.push_async_callback(served.stop)
        yield await stack.enter_async_context(httpx.AsyncClient(base_url=served.url))


def test_a_request_goes_in_as_it_came_and_an_answer_out(tmp_path: Path) -> None:
    mirror = Mirror()
    asked = "/api/v1/namespaces/a%2Fb/pods/w%C3%A4b?labelSelector=app%3Dweb%2Cx+y&fieldSelector=spec.nodeName%3D%2Bn"

    async def story() -> tuple[httpx.Response, bytes]:
        async with gate_before(mirror.app, tmp_path) as client:
            request = client.build_request("GET", asked, headers=[("X-Twice", "1"), ("X-Twice", "2")])
            for name in ("user-agent", "accept", "accept-encoding"):
                del request.headers[name]
            answer = await client.send(request, stream=True)
            return answer, b"".join([piece async for piece in answer.aiter_raw()])

    answer, body = asyncio.run(story())

    (scope,) = mirror.scopes
    assert f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}" == asked
    came = [(name, value) for name, value in scope["headers"] if name != b"host"]
    assert came == [(b"x-twice", b"1"), (b"x-twice", b"2")]
    assert body == BODY
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers.get_list("x-twice") == ["1", "2"]


def test_where_the_server_breaks_off_so_does_the_gate(tmp_path: Path) -> None:
    """An answer cut short must not look whole."""

    async def story() -> None:
        async with gate_before(breaks_off, tmp_path) as client, client.stream("GET", "/api/v1/pods") as answer:
            assert answer.status_code == 200
            await answer.aread()

    with pytest.raises(httpx.RemoteProtocolError):
        asyncio.run(story())
