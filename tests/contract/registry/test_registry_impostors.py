"""What stands in a registry's place: pages of something on the way, and realms that want to see our identity."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from functions.model.names import ImageRef
from functions.ports import ImageAnswer, Presence
from sandbox.serving import serve
from tests.background import Background
from tests.contract.registry.conftest import HOST, WORKER
from tests.contract.registry.test_registry_adapter import adapter

PAGE = "<html>Sign in to the guest network</html>"
DEEP = b"[" * 100_000
"""JSON so far, and nested more deeply than Python follows."""


@dataclass
class Impostor:
    """Answers in a registry's place, and keeps what it is shown."""

    answer: Response = field(default_factory=lambda: HTMLResponse(PAGE))
    url: str = ""
    shown: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = Starlette(routes=[Route("/v2/token", self.token), Route("/{path:path}", self.manifest)])

    def token(self, request: Request) -> Response:
        self.shown.append(("token", request.headers.get("authorization", "")))
        return JSONResponse({"token": "t"})

    def manifest(self, request: Request) -> Response:
        self.shown.append(("manifests", request.headers.get("authorization", "")))
        return self.answer

    def asked(self) -> ImageAnswer:
        return adapter(self.url, "secret").image(ImageRef.parse(WORKER), os="linux", architecture="amd64")


@pytest.fixture
def impostors() -> Iterator[tuple[Impostor, Impostor]]:
    """One in the registry's place, and one elsewhere."""
    with Background() as background:
        both = (Impostor(), Impostor())
        served = [background.run(serve(each.app)) for each in both]
        for each, at in zip(both, served, strict=True):
            each.url = at.url
        yield both
        for at in served:
            background.run(at.stop())


@pytest.mark.parametrize(
    "realm", ["{other}/v2/token", "https://evil.example/token", "/v2/token", "{host}@evil.example", ""]
)
def test_the_identity_is_shown_to_no_host_but_the_images(impostors: tuple[Impostor, Impostor], realm: str) -> None:
    here, elsewhere = impostors
    challenge = f'Bearer realm="{realm.format(other=elsewhere.url, host=here.url)}",service="{HOST}"'
    here.answer = Response(status_code=401, headers={"WWW-Authenticate": challenge})
    found = here.asked()
    assert found.presence is Presence.UNKNOWN
    assert "not sent there" in found.evidence
    assert not elsewhere.shown
    assert {asked for asked, _ in here.shown} == {"manifests"}


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed_with_it(impostors: tuple[Impostor, Impostor], status: int) -> None:
    here, elsewhere = impostors
    here.answer = Response(status_code=status, headers={"Location": f"{elsewhere.url}/v2/acme/manifests/v1"})
    assert here.asked().presence is Presence.UNKNOWN
    assert not elsewhere.shown


@pytest.mark.parametrize("status", [200, 400, 403, 404, 407, 429, 502])
def test_a_page_is_no_answer_whatever_its_status(impostors: tuple[Impostor, Impostor], status: int) -> None:
    """Above all none that says "no such image", or "denied"."""
    here, _ = impostors
    here.answer = HTMLResponse(PAGE, status_code=status)
    found = here.asked()
    assert (found.presence, found.denied) == (Presence.UNKNOWN, False)
    assert "proxy" in found.evidence


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"manifests"', DEEP], ids=len)
def test_what_claims_to_be_an_index_and_can_not_be_read(impostors: tuple[Impostor, Impostor], body: bytes) -> None:
    here, _ = impostors
    here.answer = Response(body, media_type="application/vnd.oci.image.index.v1+json")
    assert here.asked().presence is Presence.UNKNOWN


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_an_error_that_can_not_be_read_says_nothing_about_the_image(
    impostors: tuple[Impostor, Impostor], status: int
) -> None:
    here, _ = impostors
    here.answer = Response(DEEP, status_code=status, media_type="application/json")
    assert here.asked().presence is Presence.UNKNOWN


def test_content_that_is_not_what_its_digest_says_is_not_remembered(impostors: tuple[Impostor, Impostor]) -> None:
    here, _ = impostors
    registry, image = adapter(here.url, "secret"), ImageRef.parse(WORKER)
    answers = []
    for architecture in ("arm64", "amd64"):
        row = {"platform": {"os": "linux", "architecture": architecture}}
        here.answer = JSONResponse({"manifests": [row]}, headers={"Docker-Content-Digest": f"sha256:{'0' * 64}"})
        answers.append(registry.image(image, os="linux", architecture="amd64").presence)
    assert answers == [Presence.WRONG_PLATFORM, Presence.EXISTS]
