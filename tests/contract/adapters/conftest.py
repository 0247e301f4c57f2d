"""The product's adapters on real sockets: a simulated API server with the product's own manifests applied."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from starlette.types import Receive, Scope, Send

from functions.adapters.kube_api import KubeApi as AdaptersApi
from functions.adapters.tokens import Tokens
from functions.model.cluster import Node
from functions.ports import Cluster
from sandbox import manifests
from sandbox.books import Books
from sandbox.faults import Fault, Faults
from sandbox.identities import Identities
from sandbox.kube import KubeApi, certificates
from sandbox.serving import Certificate, Served, serve
from tests.background import Background
from tests.contract.adapters.product import Issued, adapters

T = TypeVar("T")


@dataclass(kw_only=True)
class Server:
    """The API server, and the product's adapters that call it."""

    background: Background
    kube: KubeApi
    served: Served
    certificate: Certificate
    identities: Identities
    credentials: Issued
    books: Books
    faults: Faults
    api: AdaptersApi
    cluster: Cluster
    headers: list[dict[str, str]]  # of every request, oldest first

    def do(self, work: Callable[[], T]) -> T:
        """Something with the store, in the event loop's own thread."""

        async def there() -> T:
            return work()

        return self.background.run(there())

    def create(self, plural: str, obj: dict[str, Any], namespace: str = "") -> dict[str, Any]:
        return self.do(lambda: self.kube.store.create(plural, obj, namespace))

    def stored(self, plural: str, name: str, namespace: str = "") -> dict[str, Any]:
        return self.do(lambda: self.kube.store.get(plural, name, namespace))

    def node(self, name: str, *, pool: str = "default", **spec: Any) -> dict[str, Any]:
        metadata = {"name": name, "labels": {"cloud.google.com/gke-nodepool": pool}}
        return self.create("nodes", {"metadata": metadata, "spec": spec})

    def cordon(self, name: str) -> None:
        """As somebody else does it."""
        stored = self.stored("nodes", name)
        stored["spec"]["unschedulable"] = True
        self.do(lambda: self.kube.store.update("nodes", stored))

    def pod(
        self, name: str, *, node: str = "", labels: dict[str, str] | None = None, phase: str = "Running", **spec: Any
    ) -> dict[str, Any]:
        containers = [{"name": "app", "image": "us-central1-docker.pkg.dev/acme-prod/apps/api:v1"}]
        placed = {"nodeName": node} if node else {}
        pod = {
            "metadata": {"name": name, "namespace": "default", "labels": labels or {}},
            "spec": {"containers": containers, **placed, **spec},
            "status": {"phase": phase, "conditions": [{"type": "Ready", "status": "True"}]},
        }
        return self.create("pods", pod)

    def follow(self, node: str) -> Iterator[Node | None]:
        return self.cluster.nodes.follow(node, seconds=20)

    def fault(self, **fault: Any) -> Fault:
        return self.faults.add(Fault(api="kubernetes", **fault))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.issue(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def server(certificate: Certificate) -> Iterator[Server]:
    identities, books, faults = Identities(), Books(), Faults()
    with Background() as background:
        kube = KubeApi(identities=identities, books=books, faults=faults)
        headers: list[dict[str, str]] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            headers.append({key.decode(): value.decode() for key, value in scope["headers"]})
            await kube.app(scope, receive, send)

        manifests.apply(kube.store)
        served = background.run(serve(app, certificate=certificate))
        credentials = Issued(identities)
        api, cluster = adapters(url=served.url, ca=certificate.ca, tokens=Tokens(credentials))
        yield Server(
            background=background,
            kube=kube,
            served=served,
            certificate=certificate,
            identities=identities,
            credentials=credentials,
            books=books,
            faults=faults,
            api=api,
            cluster=cluster,
            headers=headers,
        )
        api.close()
        background.run(served.stop())
