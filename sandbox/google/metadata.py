"""The metadata server of one workload: google.auth.default() finds it through GCE_METADATA_HOST and GCE_METADATA_IP."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.front import Asked, Front
from sandbox.identities import Identities

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_FLAVOR = {"Metadata-Flavor": "Google"}
_LIFETIME_SECONDS = 3599


class MetadataServer:
    """Speaks for `email`. It hands out one token until that is revoked, then a new one."""

    def __init__(self, *, email: str, project: str, identities: Identities, front: Front) -> None:
        self._email = email
        self._identities = identities
        self._front = front
        self._token = ""
        account = "/computeMetadata/v1/instance/service-accounts/{account}"
        self.app = Starlette(
            routes=[
                self._route("/", lambda _: PlainTextResponse("computeMetadata/\n"), "root"),
                self._route(
                    "/computeMetadata/v1/project/project-id", lambda _: PlainTextResponse(project), "project-id"
                ),
                self._route(f"{account}/", self._account, "service-accounts"),
                self._route(f"{account}/email", lambda _: PlainTextResponse(email), "email"),
                self._route(f"{account}/scopes", lambda _: PlainTextResponse("\n".join(_SCOPES)), "scopes"),
                self._route(f"{account}/token", self._new_token, "token"),
            ]
        )

    def _route(self, path: str, work: Callable[[Request], Response], resource: str) -> Route:
        async def endpoint(request: Request) -> Response:
            async def answer() -> Response:
                if request.headers.get("metadata-flavor") != "Google":
                    return _refuse(403)
                if request.path_params.get("account", "default") not in ("default", self._email):
                    return _refuse(404)
                response = work(request)
                response.headers.update(_FLAVOR)
                return response

            asked = Asked(api="metadata", user=self._email, verb="get", resource=resource)
            return await self._front.answer(request, asked, answer, _refuse)

        return Route(path, endpoint)

    def _account(self, request: Request) -> Response:
        if request.query_params.get("recursive") == "true":
            return JSONResponse({"aliases": ["default"], "email": self._email, "scopes": list(_SCOPES)})
        return PlainTextResponse("aliases\nemail\nidentity\nscopes\ntoken\n")

    def _new_token(self, _: Request) -> Response:
        if self._identities.who(self._token) is None:
            self._token = self._identities.issue(self._email)
        return JSONResponse({"access_token": self._token, "expires_in": _LIFETIME_SECONDS, "token_type": "Bearer"})


def _refuse(status: int) -> Response:
    return PlainTextResponse("", status_code=status, headers=_FLAVOR)
