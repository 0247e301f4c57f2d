"""The registry program itself, without the front: what it refuses, what it says about it, and how it ends."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from sandbox.real.registry.log import served
from sandbox.real.registry.program import Program, docker_registry
from sandbox.real.registry.signing import Signer
from sandbox.real.registry.store import DistributionStore
from tests.background import Background
from tests.contract.kube.server import eventually
from tests.contract.registry.conftest import ACCEPT, HOST, MANIFEST, NODES, WORKER, Lab

pytestmark = pytest.mark.ring2

IMAGE = f"{HOST}/acme/apps/worker"
CONTENT = f"/v2/{IMAGE}/manifests/v1"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with Background() as background:
        stack = AsyncExitStack()
        yield background.run(stack.enter_async_context(docker_registry(tmp_path)))
        background.run(stack.aclose())


def ask(program: Program, token: str, method: str = "GET") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.request(method, f"{program.url}{CONTENT}", headers={**headers, "Accept": ACCEPT}, trust_env=False)


def test_it_believes_nobody_but_the_signer_that_it_trusts(program: Program, tmp_path: Path) -> None:
    stranger = Signer.trusted_by(tmp_path / "stranger.crt")
    assert ask(program, program.signer.token(NODES, IMAGE, "pull")).status_code == 404  # nothing was ever pushed
    for token in ("", "made-up", stranger.token(NODES, IMAGE, "pull")):
        assert ask(program, token).status_code == 401


def test_it_holds_a_token_to_its_image_and_its_actions(program: Program) -> None:
    assert ask(program, program.signer.token(NODES, f"{IMAGE}2", "pull")).status_code == 401
    assert ask(program, program.signer.token(NODES)).status_code == 401
    assert ask(program, program.signer.token(NODES, IMAGE, "pull"), "PUT").status_code == 401


@pytest.mark.parametrize("ring", [pytest.param(2, id="ring2")], indirect=True)
def test_its_log_and_our_books_agree(readable: Lab) -> None:
    assert isinstance(readable.catalog, DistributionStore)
    pushed = readable.catalog.push(WORKER)
    agent = {"User-Agent": "containerd/v2"}
    bearer = {"Authorization": f"Bearer {readable.token(readable.basic())}", **agent}
    readable.http.head(MANIFEST, headers=agent)  # goes no further than the front
    readable.http.head(MANIFEST, headers=bearer)
    manifest = readable.http.get(f"/v2/acme/apps/worker/manifests/{pushed}", headers=bearer).json()
    readable.http.get(f"/v2/acme/apps/worker/blobs/{manifest['config']['digest']}", headers=bearer)
    readable.http.get("/v2/acme/apps/worker/manifests/v2", headers=bearer)
    ours = [
        (call.user, call.verb.upper(), call.resource, call.name, call.status)
        for call in readable.books.calls(user=NODES)
        if call.resource != "token"
    ]
    store = readable.catalog
    eventually(lambda: len(theirs(store)) >= len(ours))  # a line is written when the answer is on its way
    assert theirs(store) == ours
    assert len(ours) == 4
    assert {each.image for each in store.served()} == {IMAGE}


def theirs(store: DistributionStore) -> list[tuple[str, str, str, str, int]]:
    return [
        (
            each.user,
            each.method,
            each.kind,
            f"acme/apps/worker{'@' if ':' in each.reference else ':'}{each.reference}",
            each.status,
        )
        for each in store.served()
        if each.agent == "containerd/v2"
    ]


def test_its_environment_does_not_configure_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REGISTRY_HTTP_ADDR", "127.0.0.1:1")
    monkeypatch.setenv("REGISTRY_AUTH", "none")

    async def status() -> int:
        async with docker_registry(tmp_path) as program, httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{program.url}/v2/")).status_code

    assert asyncio.run(status()) == 401


def test_at_the_end_its_log_is_what_is_left(tmp_path: Path) -> None:
    async def life() -> Program:
        async with docker_registry(tmp_path) as program:
            ask(program, program.signer.token(NODES, IMAGE, "pull"))
        return program

    program = asyncio.run(life())
    with pytest.raises(httpx.ConnectError):
        ask(program, "")
    [answered] = served(program.log)
    assert (answered.user, answered.image, answered.reference, answered.status) == (NODES, IMAGE, "v1", 404)


def test_a_line_that_is_no_json_says_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('panic: out of memory\n{"time":"2026-')
    assert served(log) == ()
