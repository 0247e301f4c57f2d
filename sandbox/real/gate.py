"""The functions' way to a real API server: what they ask passes the faults in force and is written into the books.

A reverse proxy: token, body and answer go through as they are, a watch line by line. Nobody else comes this way.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Self

import aiohttp
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from yarl import URL

from sandbox.asking import session
from sandbox.endpoint import Endpoint
from sandbox.front import Asked, Front
from sandbox.identities import Identities
from sandbox.kube.frontage import json_object, name_in, struck
from sandbox.kube.requestinfo import RequestInfo
from sandbox.serving import drop

_OF_ONE_CONNECTION = frozenset({b"connection", b"keep-alive", b"transfer-encoding"})
_NOT_ASKED_WITH = _OF_ONE_CONNECTION | {b"host", b"content-length"}
_NOT_ANSWERED_WITH = _OF_ONE_CONNECTION | {b"date"}
_OF_ITSELF = ("accept", "accept-encoding", "content-type", "user-agent")  # what aiohttp would add
_CONNECT_SECONDS = 30.0


class Gate:
    """`app` is the ASGI application. Use `before`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, *, identities: Identities, front: Front) -> None:
        self._http = http
        self._url = url
        self._identities = identities
        self._front = front

    @classmethod
    @asynccontextmanager
    async def before(cls, endpoint: Endpoint, *, identities: Identities, front: Front) -> AsyncIterator[Self]:
        """One that asks the API server at `endpoint`."""
        async with session(
            endpoint.ca,
            timeout=aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS),  # to wait longer is the asking side's matter
            auto_decompress=False,
            skip_auto_headers=_OF_ITSELF,
        ) as http:
            yield cls(http, endpoint.url, identities=identities, front=front)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:  # it went away before it had said what it wants
            return
        response = await self._answer(request, body)
        await response(scope, receive, send)

    async def _answer(self, request: Request, body: bytes) -> Response:
        async def work() -> Response:
            return await self._relayed(request, body)

        info = RequestInfo.of(request.method, request.url.path, request.query_params)
        if info is None:
            return await work()
        given = json_object(body)
        asked = Asked(
            api="kubernetes",
            user=self._identities.who(_bearer(request)) or "",
            verb=info.verb,
            resource=info.resource,
            namespace=info.namespace,
            name=info.name or name_in(given),
            body=given,
        )
        return await self._front.answer(request, asked, work, struck)

    async def _relayed(self, request: Request, body: bytes) -> Response:
        path, query = request.scope["raw_path"].decode(), request.url.query
        url = URL(f"{self._url}{path}?{query}" if query else f"{self._url}{path}", encoded=True)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name not in _NOT_ASKED_WITH
        ]
        try:
            return _Relayed(
                await self._http.request(request.method, url, headers=headers, data=body or None, allow_redirects=False)
            )
        except aiohttp.ClientError:
            return struck(HTTPStatus.SERVICE_UNAVAILABLE)


class _Relayed(StreamingResponse):
    """An answer that is still coming in, passed on piece by piece. Its connection is given back in any case."""

    def __init__(self, upstream: aiohttp.ClientResponse) -> None:
        super().__init__(upstream.content.iter_any(), upstream.status)
        self.raw_headers = [
            (name.lower(), value) for name, value in upstream.raw_headers if name.lower() not in _NOT_ANSWERED_WITH
        ]
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except aiohttp.ClientError:
            drop(scope)  # the API server broke off; so do we
        finally:
            self._upstream.release()


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
