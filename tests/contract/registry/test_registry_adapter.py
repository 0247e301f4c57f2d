"""The product's question to a registry: is the image there? And where it never shows its identity."""

from collections.abc import Iterator

import pytest
from google.oauth2.credentials import Credentials
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from functions.adapters.registry import ImageRegistry
from functions.adapters.tokens import Tokens
from functions.model.names import ImageRef
from functions.ports import ImageAnswer, Presence
from sandbox.faults import Fault
from sandbox.serving import serve
from tests.background import Background
from tests.contract.registry.conftest import HOST, READER, REPOSITORY, WORKER, Lab

DIAGNOSE = "repull-diagnose@acme.iam.gserviceaccount.com"


@pytest.fixture
def trusted(lab: Lab) -> Lab:
    """The function's own account may read the repository."""
    lab.policies.grant(f"serviceAccount:{DIAGNOSE}", READER, REPOSITORY)
    return lab


def adapter(endpoint: str, token: str) -> ImageRegistry:
    return ImageRegistry(Tokens(Credentials(token)), endpoint)  # type: ignore[no-untyped-call] # ships no types


def ask(lab: Lab, image: str = WORKER, *, architecture: str = "amd64", token: str = "") -> ImageAnswer:
    registry = adapter(lab.registry.url, token or lab.identities.issue(DIAGNOSE))
    return registry.image(ImageRef.parse(image), os="linux", architecture=architecture)


def test_an_image_that_is_there(trusted: Lab) -> None:
    digest = trusted.catalog.push(WORKER)
    for image in (WORKER, f"{HOST}/acme/apps/worker@{digest}"):
        found = ask(trusted, image)
        assert (found.presence, found.digest) == (Presence.EXISTS, digest)
    assert {call.user for call in trusted.books.calls(api="registry")} <= {DIAGNOSE, ""}


@pytest.mark.parametrize(
    "image, words",
    [
        (f"{HOST}/acme/apps/worker:v2", "MANIFEST_UNKNOWN"),
        (f"{HOST}/acme/apps/worker@sha256:{'0' * 64}", "MANIFEST_UNKNOWN"),
        (f"{HOST}/acme/apps/other:v1", "MANIFEST_UNKNOWN"),
        (f"{HOST}/acme/none/worker:v1", "NAME_UNKNOWN"),
    ],
    ids=["tag", "digest", "image", "repository"],
)
def test_an_image_that_is_missing(trusted: Lab, image: str, words: str) -> None:
    trusted.policies.grant(f"serviceAccount:{DIAGNOSE}", READER, "projects/acme")
    trusted.catalog.push(WORKER)
    found = ask(trusted, image)
    assert found.presence is Presence.MISSING
    assert words in found.evidence


@pytest.mark.parametrize(
    "platforms, architecture, presence",
    [
        (("linux/amd64", "linux/arm64/v8"), "arm64", Presence.EXISTS),
        (("linux/amd64", "linux/arm64/v8"), "s390x", Presence.WRONG_PLATFORM),
        (("linux/amd64",), "amd64", Presence.EXISTS),
        (("linux/amd64",), "arm64", Presence.WRONG_PLATFORM),
        (("linux/arm64",), "arm64", Presence.EXISTS),
    ],
)
@pytest.mark.parametrize("attested", [True, False])
def test_an_image_must_be_there_for_the_nodes_platform(
    trusted: Lab, platforms: tuple[str, ...], architecture: str, presence: Presence, *, attested: bool
) -> None:
    trusted.catalog.push(WORKER, platforms=platforms, attested=attested)
    assert ask(trusted, architecture=architecture).presence is presence


def test_without_access_of_our_own_it_is_unknown_and_the_grant_is_named(lab: Lab) -> None:
    lab.catalog.push(WORKER)
    found = ask(lab)
    assert found.presence is Presence.UNKNOWN
    assert "roles/artifactregistry.reader" in found.evidence
    assert REPOSITORY in found.evidence


def test_a_worthless_token_is_unknown(trusted: Lab) -> None:
    trusted.catalog.push(WORKER)
    assert ask(trusted, token="revoked").presence is Presence.UNKNOWN


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("resource", ["manifests", "token"])
def test_a_registry_that_fails_is_unknown(trusted: Lab, status: int, resource: str) -> None:
    trusted.catalog.push(WORKER)
    trusted.faults.add(Fault(api="registry", resource=resource, status=status, times=99))
    found = ask(trusted)
    assert found.presence is Presence.UNKNOWN
    assert str(status) in found.evidence


def test_a_registry_that_is_down_is_unknown(trusted: Lab) -> None:
    trusted.background.run(trusted.registry.down())
    assert ask(trusted).presence is Presence.UNKNOWN


def test_another_registry_is_not_asked(trusted: Lab) -> None:
    assert ask(trusted, "quay.io/acme/api:v1").presence is Presence.UNKNOWN
    assert not trusted.books.calls(api="registry")


class Liar:
    """Answers in a registry's place, and keeps what it is shown."""

    def __init__(self) -> None:
        self.realm = ""
        self.shown: list[str] = []
        routes = [Route("/v2/token", self.token), Route("/v2/{path:path}", self.manifest)]
        self.app = Starlette(routes=routes)

    def token(self, request: Request) -> Response:
        self.shown.append(request.headers.get("authorization", ""))
        return JSONResponse({"token": "t"})

    def manifest(self, request: Request) -> Response:
        self.shown.append(request.headers.get("authorization", ""))
        if self.realm:
            challenge = f'Bearer realm="{self.realm}",service="{HOST}"'
            return Response(status_code=401, headers={"WWW-Authenticate": challenge})
        return HTMLResponse("<html>Sign in to the guest network</html>")


@pytest.fixture
def liar() -> Iterator[tuple[Liar, str]]:
    with Background() as background:
        liar = Liar()
        served = background.run(serve(liar.app))
        yield liar, served.url
        background.run(served.stop())


@pytest.mark.parametrize(
    "realm", ["{other}/v2/token", "https://evil.example/token", "/v2/token", "{host}@evil.example"]
)
def test_the_identity_is_shown_to_nobody_but_the_registry(liar: tuple[Liar, str], lab: Lab, realm: str) -> None:
    server, url = liar
    server.realm = realm.format(other=lab.registry.url, host=url)
    found = adapter(url, "secret").image(ImageRef.parse(WORKER), os="linux", architecture="amd64")
    assert found.presence is Presence.UNKNOWN
    assert set(server.shown) == {""}
    assert not lab.books.calls(api="registry")


def test_a_page_of_something_on_the_way_is_unknown(liar: tuple[Liar, str]) -> None:
    found = adapter(liar[1], "secret").image(ImageRef.parse(WORKER), os="linux", architecture="amd64")
    assert found.presence is Presence.UNKNOWN
    assert "not JSON" in found.evidence
