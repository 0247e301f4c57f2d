"""One server for each ring, with its controllers at work, and the real Python client that calls it."""

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from kubernetes import client

from tests.contract.kube.ringone import controlled, sandbox
from tests.contract.kube.server import Api, Server, eventually, fresh
from tests.rings import rings
from tests.ringtwo import RingTwo

NewNamespace = Callable[..., str]
_SECURITY = "pod-security.kubernetes.io"
_ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def ring_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = shutil.which("kubectl")
    directory = tmp_path_factory.mktemp("ring-one")
    with sandbox(directory, kubectl=Path(found) if found else None) as opened, controlled(opened):
        yield opened.server


@pytest.fixture(scope="session", params=rings(1, 2))
def on_ring(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == 1:
        yield request.getfixturevalue("ring_one")
        return
    ring: RingTwo = request.getfixturevalue("ring_two")
    found = Server(
        url=ring.plane.url,
        ca=ring.plane.ca,
        token=ring.plane.admin_token,
        forget=lambda: _compact(ring.plane.etcd),
        kubectl=ring.kubectl,
        publishes_ca=True,
    )
    yield found
    found.close()


def _compact(etcd: str) -> None:
    """Through etcd's JSON gateway, all that is history by now."""
    anything = base64.b64encode(b"\0").decode()
    newest = httpx.post(f"{etcd}/v3/kv/range", json={"key": anything}).json()["header"]["revision"]
    compaction = {"revision": newest, "physical": True}
    httpx.post(f"{etcd}/v3/kv/compaction", json=compaction).raise_for_status()


@pytest.fixture
def server(on_ring: Server) -> Server:
    """Never kept for another test: a folder below has a server of its own."""
    return on_ring


@pytest.fixture
def core(server: Server) -> Api:
    return client.CoreV1Api(server.api_client)


@pytest.fixture
def apps(server: Server) -> Api:
    return client.AppsV1Api(server.api_client)


@pytest.fixture
def batch(server: Server) -> Api:
    return client.BatchV1Api(server.api_client)


@pytest.fixture
def policy(server: Server) -> Api:
    return client.PolicyV1Api(server.api_client)


@pytest.fixture
def coordination(server: Server) -> Api:
    return client.CoordinationV1Api(server.api_client)


@pytest.fixture
def raw(server: Server) -> httpx.Client:
    return server.raw


@pytest.fixture
def custom(server: Server) -> Api:
    """With noderefreshes.repull.dev defined as the product defines it."""
    objects = client.CustomObjectsApi(server.api_client)

    def served() -> bool:
        try:
            return bool(objects.list_cluster_custom_object("repull.dev", "v1alpha1", "noderefreshes"))
        except client.ApiException:
            return False

    if not served():
        definition: Any = yaml.safe_load((_ROOT / "infra/cluster/crd.yaml").read_text())
        client.ApiextensionsV1Api(server.api_client).create_custom_resource_definition(definition)
        eventually(served)
    return objects


@pytest.fixture
def new_namespace(server: Server, core: Api) -> Iterator[NewNamespace]:
    """Makes a namespace with these labels, in which controllers have made what they put into each."""
    made = []

    def make(**labels: str) -> str:
        name = fresh("ns")
        core.create_namespace(
            {"metadata": {"name": name, "labels": {f"{_SECURITY}/{key}": value for key, value in labels.items()}}}
        )
        made.append(name)
        eventually(lambda: _has_account(core, name))
        if server.publishes_ca:
            eventually(lambda: bool(core.list_namespaced_config_map(name).items))
        return name

    yield make
    for name in made:
        core.delete_namespace(name)


def _has_account(core: Api, namespace: str) -> bool:
    return bool(core.list_namespaced_service_account(namespace, field_selector="metadata.name=default").items)


@pytest.fixture
def namespace(new_namespace: NewNamespace) -> str:
    return new_namespace()


@pytest.fixture
def node(core: Api) -> Iterator[str]:
    """A Node of which no machine has ever said anything."""
    name = fresh("node")
    core.create_node({"metadata": {"name": name}})
    yield name
    core.delete_node(name)
