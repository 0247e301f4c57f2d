"""The door of Google's JSON APIs: bearer token, permission, errors as Google words them."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.front import Asked, Front
from sandbox.google.errors import GoogleError, error_response
from sandbox.google.policies import Policies
from sandbox.identities import Identities

_NO_CREDENTIAL = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_BAD_CREDENTIAL = _NO_CREDENTIAL.replace(
    "Request is missing required authentication credential.", "Request had invalid authentication credentials."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One authenticated request."""

    user: str
    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]


Work = Callable[[Ask], Awaitable[dict[str, Any]]]


class Door:
    def __init__(self, *, front: Front, identities: Identities, policies: Policies) -> None:
        self._front = front
        self._identities = identities
        self._policies = policies

    def require(self, ask: Ask, permission: str, resource: str, message: str) -> None:
        """Raise 403 with `message` where the caller lacks the permission."""
        if not self._policies.allows(ask.user, permission, resource):
            raise GoogleError(403, message)

    def route(
        self, path: str, work: Work, *, api: str, verb: str, resource: str, name: str, method: str = "GET"
    ) -> Route:
        """A route for the app; `name` is the path's parameter that the books know the object by."""

        async def endpoint(request: Request) -> Response:
            text = await request.body()
            body = _json_object(text)
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            user = self._identities.who(token)
            ask = Ask(
                user=user or "",
                path=dict(request.path_params),
                query=dict(request.query_params),
                body=body or {},
            )

            async def answer() -> Response:
                if user is None:
                    return error_response(401, _BAD_CREDENTIAL if token else _NO_CREDENTIAL)
                if body is None:
                    return error_response(400, "Invalid JSON payload received.")
                try:
                    return JSONResponse(await work(ask))
                except GoogleError as error:
                    return error_response(error.status, error.message)

            asked = Asked(
                api=api,
                user=ask.user,
                verb=verb,
                resource=resource,
                name=ask.path.get(name, ""),
                body=ask.query | ask.body,
            )
            return await self._front.answer(request, asked, answer, _injected)

        return Route(path, endpoint, methods=[method])


def _injected(status: int) -> Response:
    return error_response(status, f"The service answered {status} because the sandbox was told to.")


def _json_object(text: bytes) -> dict[str, Any] | None:
    """None where it is neither empty nor a JSON object."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
