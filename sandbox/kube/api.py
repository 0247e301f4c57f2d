"""The simulated Kubernetes API server: who asks, what for, the books, the faults, and the handler that answers."""

import asyncio
import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox import serving
from sandbox.books import Books, Call
from sandbox.faults import Fault, Faults
from sandbox.identities import Identities
from sandbox.kube import binding, eviction, reading, scale, watching, writing
from sandbox.kube.discovery import discover
from sandbox.kube.exchange import Exchange, document
from sandbox.kube.logs import Logs
from sandbox.kube.reading import Pages
from sandbox.kube.routing import is_resource_path, target_of
from sandbox.kube.status import StatusError, method_not_allowed, not_modelled, unauthorized
from sandbox.kube.store import Store
from sandbox.kube.times import now

Handler = Callable[[Exchange], Response]
_ADMIN = "admin"
_HANG_UP = 0.2  # seconds
_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})


class KubeApi:
    """`app` is the ASGI application, `store` the same objects for seeding and judging.

    `admin_token` is accepted as user "admin"; every other user is who `identities` says. A token that names nobody is
    answered 401. Who may do what is not modelled.
    """

    def __init__(self, *, identities: Identities, books: Books, faults: Faults) -> None:
        self._identities = identities
        self._books = books
        self._faults = faults
        self._logs = Logs()
        self._pages = Pages()
        self.store = Store()
        self.admin_token = secrets.token_urlsafe(24)
        self._handlers = self._routes()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(Request(scope, receive))
        except ClientDisconnect:  # it went away before it had said what it wants
            return
        if response is None:
            serving.drop(scope)
        else:
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        """None where a fault wants the connection dropped."""
        body, user, path = await request.body(), self._user(request), request.url.path
        if path in _HEALTH:
            return PlainTextResponse("ok")
        if not is_resource_path(path):
            return self._discovered(path) if user else _refusal(unauthorized())
        query = dict(request.query_params)
        try:
            target = target_of(request.method, path, query, self.store.rules.catalogue)
        except StatusError as error:
            return _refusal(error if user else unauthorized())
        exchange = Exchange(
            objects=self.store.rules,
            target=target,
            query=query,
            accept=request.headers.get("accept", ""),
            content_type=request.headers.get("content-type", "").partition(";")[0].strip(),
            body=body,
        )
        return await self._under_faults(exchange, user or "", request)

    def _discovered(self, path: str) -> Response:
        found = discover(path, self.store.rules.catalogue)
        return document(found) if found else PlainTextResponse("404 page not found", 404)

    async def _under_faults(self, exchange: Exchange, user: str, request: Request) -> Response | None:
        target, given = exchange.target, _json_object(exchange.body)
        name = target.name or _name_in(given)
        due = self._faults.due(api="kubernetes", user=user, verb=target.verb, resource=target.written, name=name)
        struck = await self._faults.begin(due) if due else None
        if any(fault.before for fault in due) and await _hung_up(request):
            return None  # whoever asked was killed before anything was done
        at = now()
        response = _struck(struck) if struck else self._handle(exchange) if user else _refusal(unauthorized())
        dropped = await self._faults.finish(due) if due else False
        self._books.write(
            Call(
                at=at,
                api="kubernetes",
                user=user,
                verb=target.verb,
                resource=target.written,
                namespace=target.namespace,
                name=name,
                status=0 if dropped else response.status_code,
                body=given,
            )
        )
        return None if dropped else response

    def _handle(self, exchange: Exchange) -> Response:
        target = exchange.target
        handler = self._handlers.get((target.verb, target.subresource))
        if handler is None:
            return _refusal(
                method_not_allowed() if target.subresource else not_modelled(f"{target.verb} {target.written}")
            )
        try:
            return handler(exchange)
        except StatusError as error:
            return _refusal(error)

    def _user(self, request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        return _ADMIN if secrets.compare_digest(token, self.admin_token) else self._identities.who(token)

    def _routes(self) -> dict[tuple[str, str], Handler]:
        return {
            ("get", ""): reading.get,
            ("list", ""): lambda exchange: reading.list_(exchange, self._pages),
            ("watch", ""): watching.watch,
            ("create", ""): writing.create,
            ("update", ""): writing.update,
            ("patch", ""): writing.patch,
            ("delete", ""): writing.delete,
            ("deletecollection", ""): writing.delete_collection,
            ("get", "status"): reading.get,
            ("update", "status"): writing.update,
            ("patch", "status"): writing.patch,
            ("get", "scale"): scale.get,
            ("update", "scale"): scale.change,
            ("patch", "scale"): scale.change,
            ("get", "log"): self._logs.read,
            ("update", "log"): self._logs.write,
            ("create", "binding"): binding.bind,
            ("create", "eviction"): eviction.evict,
        }


async def _hung_up(request: Request) -> bool:
    """The operating system may take a moment to say so."""
    try:
        async with asyncio.timeout(_HANG_UP):
            return bool((await request.receive())["type"] == "http.disconnect")
    except TimeoutError:
        return False


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body) if body else {}
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {"": decoded}


def _name_in(given: dict[str, Any]) -> str:
    metadata = given.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, dict) else ""


def _refusal(error: StatusError) -> Response:
    response = document(error.body, error.code)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _struck(fault: Fault) -> Response:
    """The answer that a fault gives instead of the API."""
    reasons = {409: "Conflict", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}
    phrase = HTTPStatus(fault.status).phrase
    response = _refusal(StatusError(code=fault.status, reason=reasons.get(fault.status, ""), message=phrase))
    response.headers.update(fault.headers)
    return response
