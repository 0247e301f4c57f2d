"""What a container runtime asks of the registry, and what it says where it doesn't get it: simulated, and for real."""

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sandbox.books import Books
from sandbox.faults import Fault, Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.registry.catalog import Catalog
from sandbox.registry.server import Registry
from tests.background import Background
from tests.contract.registry.conftest import HOST, NODES, READER, REPOSITORY, WORKER
from tests.contract.registry.runtimes import Node, real, simulated
from tests.rings import rings

ZEROS = f"sha256:{'0' * 64}"
AUTHORIZED = ("post token 404", "get token 200")
RESOLVED = ["head manifests 401", *AUTHORIZED, "head manifests 200"]
FETCHED = ["get manifests 401", *AUTHORIZED, "get manifests 200", "get blobs 200", "get blobs 200"]


@pytest.fixture(params=rings(1, 3))
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Node]:
    books, faults, policies, identities, catalog = Books(), Faults(), Policies(), Identities(), Catalog()
    policies.grant(f"serviceAccount:{NODES}", READER, REPOSITORY)
    front = Front(books=books, faults=faults)
    with Background() as background:
        stack = AsyncExitStack()
        registry = Registry(catalog=catalog, policies=policies, identities=identities, front=front, host=HOST)
        background.run(registry.up())
        starting = simulated(registry.url) if request.param == 1 else real(tmp_path, registry.url)
        runtime = background.run(stack.enter_async_context(starting))
        yield Node(
            background=background,
            runtime=runtime,
            registry=registry,
            catalog=catalog,
            policies=policies,
            identities=identities,
            books=books,
            faults=faults,
        )
        background.run(stack.aclose())
        background.run(registry.close())


def test_a_pull_asks_who_it_is_once_to_resolve_and_once_to_fetch(node: Node) -> None:
    node.catalog.push(WORKER)
    assert node.pull() == ("", [*RESOLVED, *FETCHED])


def test_what_is_on_the_disk_is_not_fetched_again(node: Node) -> None:
    node.catalog.push(WORKER)
    digest = node.catalog.push(f"{HOST}/acme/apps/worker:v2")
    node.pull()
    for image in (WORKER, f"{HOST}/acme/apps/worker:v2", f"{HOST}/acme/apps/worker@{digest}"):
        assert node.pull(image) == ("", RESOLVED)


def test_images_of_the_same_layer_share_it(node: Node) -> None:
    other = f"{HOST}/acme/apps/other:v1"
    node.catalog.push(WORKER)
    node.catalog.push(other, labels={"sandbox.exit": "1"})
    node.pull()
    said, asked = node.pull(other)
    assert (said, asked.count("get blobs 200")) == ("", 1)


def test_of_an_index_only_what_is_for_this_platform_is_fetched(node: Node) -> None:
    node.catalog.push(WORKER, platforms=("linux/arm64", "linux/amd64"), attested=True)
    index, *authorized = FETCHED[:3]
    assert node.pull() == ("", [*RESOLVED, index, *authorized, "get manifests 200", *FETCHED[3:]])


def test_who_is_nobody_any_more_is_told_at_the_token(node: Node) -> None:
    node.catalog.push(WORKER)
    assert node.pull(token="revoked") == (
        unauthorized(node, "oauth", "401 Unauthorized"),
        ["head manifests 401", "post token 404", "get token 401"],
    )


def test_who_may_not_read_is_told_at_the_token(node: Node) -> None:
    node.catalog.push(WORKER)
    node.policies.revoke(f"serviceAccount:{NODES}", READER, REPOSITORY)
    assert node.pull() == (
        unauthorized(node, "oauth", "403 Forbidden"),
        ["head manifests 401", "post token 404", "get token 403"],
    )


def test_who_has_no_credential_is_told_at_the_token(node: Node) -> None:
    node.catalog.push(WORKER)
    assert node.pull(token="") == (
        unauthorized(node, "anonymous", "403 Forbidden"),
        ["head manifests 401", "get token 403"],
    )


def test_a_tag_that_is_not_there(node: Node) -> None:
    node.catalog.push(WORKER)
    image = f"{HOST}/acme/apps/worker:v2"
    expected = [*RESOLVED[:-1], "head manifests 404"]
    assert node.pull(image) == (f"failed to resolve image: {image}: not found", expected)


def test_a_digest_that_is_not_there_may_be_a_blobs(node: Node) -> None:
    node.catalog.push(WORKER)
    image = f"{HOST}/acme/apps/worker@{ZEROS}"
    expected = [*RESOLVED[:-1], "head manifests 404", "head blobs 404"]
    assert node.pull(image) == (f"failed to resolve image: {image}: not found", expected)


@pytest.mark.parametrize(
    "status, phrase, times",
    [
        (429, "Too Many Requests", 6),
        (408, "Request Timeout", 6),
        (500, "Internal Server Error", 2),
        (503, "Service Unavailable", 2),
        (504, "Gateway Timeout", 2),
        (502, "Bad Gateway", 1),
        (403, "Forbidden", 1),
    ],
)
def test_some_failures_are_tried_again_before_they_are_told(node: Node, status: int, phrase: str, times: int) -> None:
    node.catalog.push(WORKER)
    node.faults.add(Fault(api="registry", resource="manifests", status=status, times=99))
    url = f"{node.registry.url}/v2/acme/apps/worker/manifests/v1?ns={HOST}"
    assert node.pull() == (
        f"failed to resolve image: unexpected status from HEAD request to {url}: {status} {phrase}",
        [f"head manifests {status}"] * times,
    )


@pytest.mark.parametrize("status, times", [(429, 5), (503, 1)])
def test_a_failure_that_passes_is_not_noticed(node: Node, status: int, times: int) -> None:
    node.catalog.push(WORKER)
    node.faults.add(Fault(api="registry", resource="blobs", status=status, times=times))
    said, asked = node.pull()
    assert (said, asked.count(f"get blobs {status}")) == ("", times)


def test_content_that_can_not_be_had(node: Node) -> None:
    node.catalog.push(WORKER)
    node.faults.add(Fault(api="registry", resource="blobs", status=503, times=99))
    said, _ = node.pull()
    url = rf"{re.escape(node.registry.url)}/v2/acme/apps/worker/blobs/sha256:[0-9a-f]{{64}}\?ns={HOST}"
    words = "failed to copy: httpReadSeeker: failed open: unexpected status from GET request to"
    assert re.fullmatch(rf"{words} {url}: 503 Service Unavailable\nunavailable: Service Unavailable", said)


@pytest.mark.parametrize(
    "kind, words",
    [
        ("manifests", r"content at http://\S+/manifests/sha256:[0-9a-f]{64}\?ns=us-central1-docker.pkg.dev not found"),
        (
            "blobs",
            r"could not fetch content descriptor sha256:[0-9a-f]{64} \(application/vnd.oci.image.[+.\w]+\) from remote",
        ),
    ],
)
def test_content_that_is_gone(node: Node, kind: str, words: str) -> None:
    node.catalog.push(WORKER)
    node.faults.add(Fault(api="registry", verb="get", resource=kind, status=404, times=99))
    said, _ = node.pull()
    assert re.fullmatch(rf"failed to copy: httpReadSeeker: failed open: {words}: not found", said)


def test_a_token_server_that_fails(node: Node) -> None:
    node.catalog.push(WORKER)
    node.faults.add(Fault(api="registry", resource="token", status=503, times=99))
    words = f"unexpected status from POST request to {node.registry.url}/v2/token: 503 Service Unavailable"
    assert node.pull() == (
        f"failed to resolve image: failed to authorize: failed to fetch oauth token: {words}",
        ["head manifests 401", "post token 503"],
    )


def test_a_registry_that_is_down(node: Node) -> None:
    node.background.run(node.registry.down())
    url = f"{node.registry.url}/v2/acme/apps/worker/manifests/v1?ns={HOST}"
    address = node.registry.url.removeprefix("http://")
    words = f'failed to do request: Head "{url}": dial tcp {address}: connect: connection refused'
    assert node.pull() == (f"failed to resolve image: {words}", [])


def test_an_answer_that_is_lost(node: Node) -> None:
    node.catalog.push(WORKER)
    node.faults.add(Fault(api="registry", resource="manifests", drop=True, times=99))
    said, _ = node.pull()
    url = f"{node.registry.url}/v2/acme/apps/worker/manifests/v1?ns={HOST}"
    assert said == f'failed to resolve image: failed to do request: Head "{url}": EOF'


def unauthorized(node: Node, kind: str, status: str) -> str:
    url = f"{node.registry.url}/v2/token?scope=repository%3Aacme%2Fapps%2Fworker%3Apull&service={HOST}"
    words = f"failed to fetch {kind} token: unexpected status from GET request to {url}: {status}"
    return f"failed to resolve image: failed to authorize: {words}"
