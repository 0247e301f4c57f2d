"""The registry's v2 API. Like a mirror it serves many hosts: `?ns=HOST` says which one is meant."""

import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.front import Asked, Front
from sandbox.google.policies import Policies
from sandbox.google.roles import DOWNLOAD
from sandbox.identities import Identities
from sandbox.registry.catalog import Catalog
from sandbox.registry.credentials import LIFETIME_SECONDS, Caller, Credentials
from sandbox.registry.errors import denied, injected, refusal
from sandbox.registry.naming import ImageName, locate
from sandbox.registry.oci import Document
from sandbox.timestamps import now, rfc3339

_SCOPE = re.compile(r"repository:(?P<path>[^:]+):pull(,push)?")
_Work = Callable[[Request, Caller], Awaitable[Response]]


class RegistryApp:
    def __init__(
        self, *, catalog: Catalog, policies: Policies, identities: Identities, front: Front, host: str
    ) -> None:
        """`host` is meant where a request names none."""
        self._catalog = catalog
        self._policies = policies
        self._credentials = Credentials(identities)
        self._front = front
        self._host = host
        self.app = Starlette(
            routes=[
                self._route("/v2/", self._ping, "ping"),
                self._route("/v2/token", self._token, "token"),
                self._route("/v2/{path:path}/manifests/{reference}", self._manifest, "manifests"),
                self._route("/v2/{path:path}/blobs/{reference}", self._blob, "blobs"),
                Route("/{path:path}", _not_modelled, methods=("GET", "POST", "PUT", "PATCH", "DELETE")),
            ]
        )

    def _route(self, path: str, work: _Work, resource: str) -> Route:
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
            return await self._front.answer(request, asked, lambda: work(request, caller), injected)

        return Route(path, endpoint)  # GET, and HEAD with it

    async def _ping(self, request: Request, caller: Caller) -> Response:
        if not caller.valid or caller.email is None:
            return self._challenge(request)
        return JSONResponse({})

    async def _token(self, request: Request, caller: Caller) -> Response:
        """A short-lived Bearer token, for a credential that is worth something and a repository that it may read."""
        if not caller.valid:
            return injected(401)
        scope = _SCOPE.fullmatch(request.query_params.get("scope", ""))
        name = locate(self._meant(request, request.query_params.get("service", "")), scope["path"]) if scope else None
        if name and not self._may_read(caller, name):
            return denied(name.repository)
        token = self._credentials.issue(request.headers.get("authorization", ""))
        return JSONResponse({"token": token, "expires_in": LIFETIME_SECONDS, "issued_at": rfc3339(now())})

    async def _manifest(self, request: Request, caller: Caller) -> Response:
        name = self._name(request)
        if refused := self._gate(request, caller, name):
            return refused
        reference = request.path_params["reference"]
        if name is None or (found := self._catalog.manifest(name, reference)) is None:
            return refusal(404, "MANIFEST_UNKNOWN", f'Failed to fetch "{reference}"')
        return _document(found, request.method)

    async def _blob(self, request: Request, caller: Caller) -> Response:
        name = self._name(request)
        if refused := self._gate(request, caller, name):
            return refused
        if name is None or (found := self._catalog.blob(name.repository, request.path_params["reference"])) is None:
            return refusal(404, "BLOB_UNKNOWN", "Requested entity was not found.")
        return _document(found, request.method)

    def _gate(self, request: Request, caller: Caller, name: ImageName | None) -> Response | None:
        """What stands before any content: credential, name, permission, repository, in Artifact Registry's order."""
        if not caller.valid:
            return self._challenge(request)
        if name is None:
            return refusal(400, "NAME_INVALID", "Missing image name.")
        if not self._may_read(caller, name):
            return denied(name.repository) if caller.shown else self._challenge(request)
        if name.repository not in self._catalog.repositories:
            return refusal(404, "NAME_UNKNOWN", f'Repository "{name.repository.rpartition("/")[2]}" not found')
        return None

    def _may_read(self, caller: Caller, name: ImageName) -> bool:
        return self._policies.allows(caller.email, DOWNLOAD, name.repository)

    def _challenge(self, request: Request) -> Response:
        response = injected(401)
        realm = f"{str(request.base_url).rstrip('/')}/v2/token"
        response.headers["WWW-Authenticate"] = f'Bearer realm="{realm}",service="{self._meant(request, "")}"'
        return response

    def _name(self, request: Request) -> ImageName | None:
        return locate(self._meant(request, ""), request.path_params["path"])

    def _meant(self, request: Request, service: str) -> str:
        return request.query_params.get("ns") or service or self._host


async def _not_modelled(request: Request) -> Response:
    return refusal(501, "UNSUPPORTED", f"{request.method} {request.url.path} is not modelled by the sandbox")


def _document(document: Document, method: str) -> Response:
    headers = {"Docker-Content-Digest": document.digest, "Content-Length": str(len(document.content))}
    content = b"" if method == "HEAD" else document.content
    return Response(content, media_type=document.media_type, headers=headers)
