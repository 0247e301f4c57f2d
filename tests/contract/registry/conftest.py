"""The registry on its port, and what it answers from: its images lie in memory, and once more in a docker-registry."""

import base64
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.real.registry.store import image_store
from sandbox.registry.catalog import Catalog
from sandbox.registry.server import Registry
from sandbox.registry.store import ImageStore
from tests.background import Background
from tests.rings import rings

HOST = "us-central1-docker.pkg.dev"
REPOSITORY = "projects/acme/locations/us-central1/repositories/apps"
WORKER = f"{HOST}/acme/apps/worker:v1"
MANIFEST = "/v2/acme/apps/worker/manifests/v1"
NODES = "nodes@acme.iam.gserviceaccount.com"
ACCEPT = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*"
READER = "roles/artifactregistry.reader"


@dataclass(kw_only=True)
class Lab:
    background: Background
    registry: Registry
    catalog: ImageStore
    policies: Policies
    identities: Identities
    books: Books
    faults: Faults
    http: httpx.Client

    def basic(self, user: str = "_token", token: str = "") -> dict[str, str]:
        text = f"{user}:{token or self.identities.issue(NODES)}"
        return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}

    def bearer(self, headers: dict[str, str], path: str = "acme/apps/worker") -> httpx.Response:
        """Ask for a registry token as a challenge says."""
        words = challenge(self.http.head(f"/v2/{path}/manifests/v1", params={"ns": HOST}))
        return self.http.get(words.pop("realm"), params=words, headers=headers)

    def token(self, headers: dict[str, str] | None = None, path: str = "acme/apps/worker") -> str:
        """The registry token that these headers are worth."""
        params = {"scope": f"repository:{path}:pull", "service": HOST}
        token: str = self.http.get("/v2/token", params=params, headers=headers).json()["token"]
        return token

    def fetch(self, kind: str, reference: str) -> httpx.Response:
        """Of the worker's image, as its nodes ask for it."""
        return self.http.get(f"/v2/acme/apps/worker/{kind}/{reference}", headers=self.basic())


def error(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    [found] = response.json()["errors"]
    return response.status_code, found["code"], found["message"]


def challenge(response: httpx.Response) -> dict[str, str]:
    """The words of a 401."""
    scheme, _, words = response.headers["www-authenticate"].partition(" ")
    assert (response.status_code, scheme) == (401, "Bearer")
    return dict(re.findall(r'(\w+)="([^"]*)"', words))


@pytest.fixture(scope="session", params=rings(1, 2))
def ring(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def lab(ring: int, tmp_path: Path) -> Iterator[Lab]:
    books, faults, policies, identities = Books(), Faults(), Policies(), Identities()
    front = Front(books=books, faults=faults)
    with Background() as background:
        stack = AsyncExitStack()
        catalog = Catalog() if ring == 1 else background.run(stack.enter_async_context(image_store(tmp_path)))
        registry = Registry(catalog=catalog, policies=policies, identities=identities, front=front, host=HOST)
        background.run(registry.up())
        with httpx.Client(base_url=registry.url, trust_env=False, headers={"Accept": ACCEPT}) as http:
            yield Lab(
                background=background,
                registry=registry,
                catalog=catalog,
                policies=policies,
                identities=identities,
                books=books,
                faults=faults,
                http=http,
            )
        background.run(registry.close())
        background.run(stack.aclose())


@pytest.fixture
def readable(lab: Lab) -> Lab:
    lab.policies.grant(f"serviceAccount:{NODES}", READER, REPOSITORY)
    return lab
