"""Artifact Registry as it stands before its images. Like a mirror it serves many hosts: `?ns=HOST` says which is meant.

Its ways are the same whether the images lie in memory or in a registry program: who is who, what a refusal says,
which repositories there are, the faults in force and the books. Content is the store's own matter.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.front import Asked, Front
from sandbox.google.policies import Policies
from sandbox.google.roles import DOWNLOAD
from sandbox.identities import Identities
from sandbox.registry.credentials import LIFETIME_SECONDS, Caller, Credentials
from sandbox.registry.errors import denied, injected, refusal
from sandbox.registry.naming import ImageName, locate
from sandbox.registry.store import ImageStore, Wanted
from sandbox.timestamps import now, rfc3339

_SCOPE = re.compile(r"repository:(?P<path>[^:]+):pull(,push)?")
_Work = Callable[[Request, Caller], Awaitable[Response]]


class RegistryApp:
    def __init__(
        self, *, store: ImageStore, policies: Policies, identities: Identities, front: Front, host: str
    ) -> None:
        """`host` is meant where a request names none."""
        self._store = store
        self._policies = policies
        self._credentials = Credentials(identities)
        self._front = front
        self._host = host
        self.app = Starlette(
            routes=[
                self._route("/v2/", self._ping, "ping"),
                self._route("/v2/token", self._token, "token", "POST"),
                self._route("/v2/{path:path}/manifests/{reference}", self._content("manifests"), "manifests"),
                self._route("/v2/{path:path}/blobs/{reference}", self._content("blobs"), "blobs"),
                Route("/{path:path}", _not_modelled, methods=("GET", "POST", "PUT", "PATCH", "DELETE")),
            ]
        )

    def _route(self, path: str, work: _Work, resource: str, *methods: str) -> Route:
        async def endpoint(request: Request) -> Response:
            caller = self._credentials.who(request.headers.get("authorization", ""))
            image, reference = request.path_params.get("path", ""), request.path_params.get("reference", "")
            asked = Asked(
                api="registry",
                user=caller.email or "",
                verb=request.method.lower(),
                resource=resource,
                name=f"{image}{'@' if ':' in reference else ':'}{reference}" if image else "",
            )
            response = await self._front.answer(request, asked, lambda: work(request, caller), injected)
            response.headers["Docker-Distribution-Api-Version"] = "registry/2.0"
            return response

        return Route(path, endpoint, methods=("GET", *methods))  # and HEAD with GET

    async def _ping(self, request: Request, caller: Caller) -> Response:
        if not caller.valid or caller.email is None:
            return _challenge(request)
        return JSONResponse({})

    async def _token(self, request: Request, caller: Caller) -> Response:
        """A short-lived Bearer token, for a credential that is worth something and a repository that it may read."""
        if request.method == "POST":  # OAuth 2's way, which containerd tries first and Google does not have
            return refusal(404, "NOT_FOUND", "Not Found")
        if not caller.valid:
            return injected(401)
        scope = _SCOPE.fullmatch(request.query_params.get("scope", ""))
        name = locate(self._meant(request, request.query_params.get("service", "")), scope["path"]) if scope else None
        if name and not self._may_read(caller, name):
            return denied(caller.email, name.repository)
        token = self._store.token(caller.email or "", name)
        self._credentials.remember(token, authorization=request.headers.get("authorization", ""), image=name)
        return JSONResponse({"token": token, "expires_in": LIFETIME_SECONDS, "issued_at": rfc3339(now())})

    def _content(self, kind: Literal["manifests", "blobs"]) -> _Work:
        async def work(request: Request, caller: Caller) -> Response:
            name = locate(self._meant(request), request.path_params["path"])
            if not caller.valid:
                return _challenge(request, name)
            if name is None:
                return refusal(400, "NAME_INVALID", "Missing image name.")
            wanted = Wanted(image=name, kind=kind, reference=request.path_params["reference"])
            return self._refused(request, caller, name) or await self._store.answer(
                request, wanted, caller.token or self._store.token(caller.email or "", name)
            )

        return work

    def _refused(self, request: Request, caller: Caller, name: ImageName) -> Response | None:
        """What stands before any content: scope, permission, repository, in Artifact Registry's order."""
        if caller.token and caller.image != name:
            return _challenge(request, name, error="insufficient_scope")
        if not self._may_read(caller, name):
            return denied(caller.email, name.repository) if caller.shown else _challenge(request, name)
        if name.repository not in self._store.repositories:
            return refusal(404, "NAME_UNKNOWN", f'Repository "{name.repository.rpartition("/")[2]}" not found')
        return None

    def _may_read(self, caller: Caller, name: ImageName) -> bool:
        return self._policies.allows(caller.email, DOWNLOAD, name.repository)

    def _meant(self, request: Request, service: str = "") -> str:
        return request.query_params.get("ns") or service or self._host


def _challenge(request: Request, name: ImageName | None = None, *, error: str = "") -> Response:
    """401, and where a token for `name` is to be had; at the root Artifact Registry names the realm alone."""
    response = injected(401)
    words = {"realm": f"{str(request.base_url).rstrip('/')}/v2/token"}
    if name:
        words |= {"service": name.host, "scope": f"repository:{name.path}:pull"}
    if error:
        words["error"] = error
    response.headers["WWW-Authenticate"] = "Bearer " + ",".join(f'{key}="{value}"' for key, value in words.items())
    return response


async def _not_modelled(request: Request) -> Response:
    return refusal(501, "UNSUPPORTED", f"{request.method} {request.url.path} is not modelled by the sandbox")
