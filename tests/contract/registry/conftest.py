"""The simulated registry on its port, and what it answers from."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.registry.catalog import Catalog
from sandbox.registry.server import Registry
from tests.background import Background

HOST = "us-central1-docker.pkg.dev"
REPOSITORY = "projects/acme/locations/us-central1/repositories/apps"
WORKER = f"{HOST}/acme/apps/worker:v1"
MANIFEST = "/v2/acme/apps/worker/manifests/v1"
NODES = "nodes@acme.iam.gserviceaccount.com"
READER = "roles/artifactregistry.reader"


@dataclass(kw_only=True)
class Lab:
    background: Background
    registry: Registry
    catalog: Catalog
    policies: Policies
    identities: Identities
    books: Books
    faults: Faults
    http: httpx.Client

    def basic(self, user: str = "_token", token: str = "") -> dict[str, str]:
        text = f"{user}:{token or self.identities.issue(NODES)}"
        return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}

    def bearer(self, headers: dict[str, str], path: str = "acme/apps/worker") -> httpx.Response:
        """Ask for a registry token as the challenge says."""
        challenge = self.http.head(f"/v2/{path}/manifests/v1", params={"ns": HOST}).headers["www-authenticate"]
        realm, service = (part.split("=", 1)[1].strip('"') for part in challenge.removeprefix("Bearer ").split(","))
        assert service == HOST
        return self.http.get(realm, params={"scope": f"repository:{path}:pull", "service": service}, headers=headers)


@pytest.fixture
def lab() -> Iterator[Lab]:
    books, faults, policies, identities, catalog = Books(), Faults(), Policies(), Identities(), Catalog()
    front = Front(books=books, faults=faults)
    with Background() as background:
        registry = Registry(catalog=catalog, policies=policies, identities=identities, front=front, host=HOST)
        background.run(registry.up())
        with httpx.Client(base_url=registry.url, trust_env=False) as http:
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


@pytest.fixture
def readable(lab: Lab) -> Lab:
    lab.policies.grant(f"serviceAccount:{NODES}", READER, REPOSITORY)
    return lab
