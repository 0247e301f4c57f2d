"""The simulated Kubernetes API server: who asks, what for, the books, the faults, and the handler that answers."""

import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.front import Asked, Front
from sandbox.identities import Identities
from sandbox.kube import binding, eviction, logs, reading, scale, watching, writing
from sandbox.kube.authorization import Authorizer
from sandbox.kube.discovery import discover
from sandbox.kube.exchange import Exchange, document
from sandbox.kube.frontage import json_object, name_in, refusal, struck
from sandbox.kube.pages import Pages
from sandbox.kube.routing import is_resource_path, target_of
from sandbox.kube.status import StatusError, method_not_allowed, not_modelled, unauthorized
from sandbox.kube.store import Store

Handler = Callable[[Exchange], Response | Awaitable[Response]]
_ADMIN = "admin"
_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})


class KubeApi:
    """`app` is the ASGI application, `store` the same objects for seeding and judging.

    `admin_token` is accepted as user "admin"; every other user is who `identities` says. A token that names nobody is
    answered 401. Who may do what, an `Authorizer` says.
    """

    def __init__(self, *, identities: Identities, books: Books, faults: Faults) -> None:
        self._identities = identities
        self._front = Front(books=books, faults=faults)
        self._pages = Pages()
        self.store = Store()
        self._authorizer = Authorizer(self.store.rules.storage)
        self.admin_token = secrets.token_urlsafe(24)
        self._handlers = self._routes()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(Request(scope, receive))
        except ClientDisconnect:  # it went away before it had said what it wants
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        body, user, path = await request.body(), self._user(request), request.url.path
        if path in _HEALTH:
            return PlainTextResponse("ok")
        if not is_resource_path(path):
            return self._discovered(path) if user else refusal(unauthorized())
        query = dict(request.query_params)
        try:
            target = target_of(request.method, path, query, self.store.rules.catalogue)
        except StatusError as error:
            return refusal(error if user else unauthorized())
        exchange = Exchange(
            objects=self.store.rules,
            target=target,
            query=query,
            accept=request.headers.get("accept", ""),
            content_type=request.headers.get("content-type", "").partition(";")[0].strip(),
            body=body,
        )
        given = json_object(body)
        asked = Asked(
            api="kubernetes",
            user=user or "",
            verb=target.verb,
            resource=target.written,
            namespace=target.namespace,
            name=target.name or name_in(given),
            body=given,
        )

        async def answer() -> Response:
            return await self._handle(exchange, user) if user else refusal(unauthorized())

        return await self._front.answer(request, asked, answer, struck)

    def _discovered(self, path: str) -> Response:
        found = discover(path, self.store.rules.catalogue)
        return document(found) if found else PlainTextResponse("404 page not found", 404)

    async def _handle(self, exchange: Exchange, user: str) -> Response:
        target = exchange.target
        if forbidden := self._authorizer.refusal_of(target, user):
            return refusal(forbidden)
        handler = self._handlers.get((target.verb, target.subresource))
        if target.resource.only_answered:
            handler = (lambda each: self._authorizer.review(each, user)) if target.verb == "create" else None
        if handler is None:
            return refusal(
                method_not_allowed() if target.subresource else not_modelled(f"{target.verb} {target.written}")
            )
        try:
            answer = handler(exchange)
            return answer if isinstance(answer, Response) else await answer
        except StatusError as error:
            return refusal(error)

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
            ("update", "finalize"): writing.update,
            ("get", "scale"): scale.get,
            ("update", "scale"): scale.change,
            ("patch", "scale"): scale.change,
            ("get", "log"): logs.read,
            ("create", "binding"): binding.bind,
            ("create", "eviction"): eviction.evict,
        }
