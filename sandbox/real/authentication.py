"""Says to a real API server who is behind a bearer token of the sandbox: the webhook of its token authentication."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.identities import Identities

_NODE = "system:node:"
_NODES = "system:nodes"


class Authenticator:
    """`app` answers TokenReviews (authentication.k8s.io/v1) from `identities`.

    A node is in the group that the Node authorizer knows. Nobody else is in any: what a user may do is bound to the
    user's name, as GKE does it with e-mail addresses.
    """

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self.app = Starlette(routes=[Route("/", self._review, methods=["POST"])])

    async def _review(self, request: Request) -> JSONResponse:
        review = await request.json()
        user = self._identities.who(review["spec"]["token"])
        return JSONResponse(
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": _status_of(user)}
        )


def _status_of(user: str | None) -> dict[str, Any]:
    if user is None:
        return {"authenticated": False}
    groups = [_NODES] if user.startswith(_NODE) else []
    return {"authenticated": True, "user": {"username": user, "uid": user, "groups": groups}}
