"""The sandbox's API server over real sockets, and the real Python client that calls it."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from kubernetes import client

from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.identities import Identities
from sandbox.kube import KubeApi
from sandbox.kube.certificates import issue
from sandbox.serving import serve
from tests.background import Background
from tests.contract.kube.server import Api, Server, eventually, fresh

NewNamespace = Callable[..., str]
_SECURITY = "pod-security.kubernetes.io"
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The parts of the simulated server that a real one does not have: for the few tests that are about them."""

    server: Server
    api: KubeApi
    identities: Identities
    books: Books
    faults: Faults
    background: Background


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    certificate = issue(tmp_path_factory.mktemp("certificates"))
    identities, books, faults = Identities(), Books(), Faults()
    with Background() as background:
        api = KubeApi(identities=identities, books=books, faults=faults)
        served = background.run(serve(api.app, certificate=certificate))
        server = Server(url=served.url, ca=certificate.ca, token=api.admin_token)
        yield Sandbox(server=server, api=api, identities=identities, books=books, faults=faults, background=background)
        background.run(served.stop())


@pytest.fixture(scope="session")
def server(sandbox: Sandbox) -> Server:
    return sandbox.server


@pytest.fixture(scope="session")
def api_client(server: Server) -> Iterator[client.ApiClient]:
    with server.connect() as connected:
        yield connected


@pytest.fixture(scope="session")
def core(api_client: client.ApiClient) -> Api:
    return client.CoreV1Api(api_client)


@pytest.fixture(scope="session")
def apps(api_client: client.ApiClient) -> Api:
    return client.AppsV1Api(api_client)


@pytest.fixture(scope="session")
def policy(api_client: client.ApiClient) -> Api:
    return client.PolicyV1Api(api_client)


@pytest.fixture(scope="session")
def coordination(api_client: client.ApiClient) -> Api:
    return client.CoordinationV1Api(api_client)


@pytest.fixture(scope="session")
def custom(api_client: client.ApiClient) -> Api:
    """With noderefreshes.repull.dev defined as the product defines it."""
    definition: Any = yaml.safe_load((_ROOT / "infra/cluster/crd.yaml").read_text())
    client.ApiextensionsV1Api(api_client).create_custom_resource_definition(definition)
    objects = client.CustomObjectsApi(api_client)

    def served() -> bool:
        try:
            return bool(objects.list_cluster_custom_object("repull.dev", "v1alpha1", "noderefreshes"))
        except client.ApiException:
            return False

    eventually(served)
    return objects


@pytest.fixture
def new_namespace(core: Api) -> NewNamespace:
    """Makes a namespace with these labels, and the service account that a controller would make."""

    def make(**labels: str) -> str:
        name = fresh("ns")
        core.create_namespace(
            {"metadata": {"name": name, "labels": {f"{_SECURITY}/{key}": value for key, value in labels.items()}}}
        )
        core.create_namespaced_service_account(name, {"metadata": {"name": "default"}})
        return name

    return make


@pytest.fixture
def namespace(new_namespace: NewNamespace) -> str:
    return new_namespace()


@pytest.fixture
def node(core: Api) -> str:
    name = fresh("node")
    core.create_node({"metadata": {"name": name}})
    return name


@pytest.fixture(scope="session")
def raw(server: Server) -> Iterator[httpx.Client]:
    """For what the Python client does not let anybody send, or does not show."""
    headers = {"authorization": f"Bearer {server.token}"}
    verify = ssl.create_default_context(cafile=str(server.ca))
    with httpx.Client(base_url=server.url, headers=headers, verify=verify) as connected:
        yield connected
