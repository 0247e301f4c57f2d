"""The gate before an API server: what goes in and out is the same, and the books, faults and hooks are those of ring 1.

The server behind it is the simulated one, with books of its own, so every ring's machine can ask these questions.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.books import Books
from sandbox.endpoint import Endpoint
from sandbox.faults import Fault, Faults
from sandbox.front import Front
from sandbox.identities import Identities
from sandbox.kube import ApiError, KubeApi, KubeClient, certificates
from sandbox.real.gate import Gate
from sandbox.serving import Served, serve

OPERATOR = "operator@acme.iam.gserviceaccount.com"
NODE = "node-1"
CORDON = {"spec": {"unschedulable": True}}


class Turnstile:
    """Counts who is inside an app at this moment."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.inside = 0

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.inside -= 1


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """`books` and `faults` are the gate's; the server's own are `inside` and `failing`."""

    behind: Served
    turnstile: Turnstile
    api: KubeApi
    inside: Books
    failing: Faults
    front: Endpoint
    identities: Identities
    books: Books
    faults: Faults
    operator: KubeClient
    raw: httpx.AsyncClient  # the operator's, too

    def seen(self) -> list[tuple[str, str, str, str, int]]:
        return [(call.user, call.verb, call.resource, call.name, call.status) for call in self.books]


@asynccontextmanager
async def guarded(directory: Path) -> AsyncIterator[Guarded]:
    identities, inside, failing, books, faults = Identities(), Books(), Faults(), Books(), Faults()
    api = KubeApi(identities=identities, books=inside, faults=failing)
    api.store.create("nodes", {"metadata": {"name": NODE}})
    async with AsyncExitStack() as stack:
        pki, certificate = certificates.issue(directory / "api"), certificates.issue(directory / "gate")
        turnstile = Turnstile(api.app)
        behind = await serve(turnstile.app, certificate=pki)
        stack.push_async_callback(behind.stop)
        endpoint = Endpoint(url=behind.url, ca=pki.ca)
        front = Front(books=books, faults=faults)
        gate = await stack.enter_async_context(Gate.before(endpoint, identities=identities, front=front))
        served = await serve(gate.app, certificate=certificate)
        stack.push_async_callback(served.stop)
        public, token = Endpoint(url=served.url, ca=certificate.ca), identities.issue(OPERATOR)
        operator = public.connect(token)
        stack.push_async_callback(operator.close)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/merge-patch+json"}
        raw = await stack.enter_async_context(httpx.AsyncClient(base_url=served.url, verify=False, headers=headers))
        yield Guarded(
            behind=behind,
            turnstile=turnstile,
            api=api,
            inside=inside,
            failing=failing,
            front=public,
            identities=identities,
            books=books,
            faults=faults,
            operator=operator,
            raw=raw,
        )


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[Guarded], Awaitable[None]]], None]:
    def run(story: Callable[[Guarded], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with guarded(tmp_path) as here:
                await story(here)

        asyncio.run(whole())

    return run


Play = Callable[[Callable[[Guarded], Awaitable[None]]], None]


def test_answers_are_the_servers_and_calls_are_in_the_books(play: Play) -> None:
    async def story(here: Guarded) -> None:
        assert (await here.operator.patch("nodes", NODE, CORDON))["spec"]["unschedulable"] is True
        await here.operator.create("namespaces", {"metadata": {"name": "shop"}})
        with pytest.raises(ApiError, match='pods "web" not found') as refused:
            await here.operator.get("pods", "web", "shop")
        assert refused.value.reason == "NotFound"
        assert here.seen() == [
            (OPERATOR, "patch", "nodes", NODE, 200),
            (OPERATOR, "create", "namespaces", "shop", 201),
            (OPERATOR, "get", "pods", "web", 404),
        ]
        assert here.books.calls(verb="patch")[0].body == CORDON
        assert here.books.calls(verb="get")[0].namespace == "shop"

    play(story)


def test_the_books_are_those_that_the_simulated_server_writes(play: Play) -> None:
    """Whatever is asked: it was asked once, and both have the same words for it."""

    async def story(here: Guarded) -> None:
        await here.operator.create("namespaces", {"metadata": {"name": "shop"}})
        with pytest.raises(ApiError):
            await here.operator.create("pods", {"metadata": {"name": "web", "namespace": "shop"}, "spec": {}})
        await here.operator.list("pods", labels="app=web")
        await here.operator.list("pods", "shop")
        lease = {"metadata": {"name": "lock", "namespace": "shop"}, "spec": {}}
        made = await here.operator.create("leases", lease)
        await here.operator.replace("leases", made)
        await here.operator.delete("leases", "lock", "shop")
        for path in ("/api/v1/namespaces/shop/status", "/api/v1/namespaces/shop", "/apis/nobody.dev/v1/things/one"):
            await here.raw.get(path)
        words = [(call.user, call.verb, call.resource, call.namespace, call.name, call.body) for call in here.books]
        theirs = [(call.user, call.verb, call.resource, call.namespace, call.name, call.body) for call in here.inside]
        assert words[:-1] == theirs  # the last one is of a resource that this server does not know
        assert words[-1][1:3] == ("get", "things")

    play(story)


def test_who_nobody_vouches_for_is_refused_by_the_server_itself(play: Play) -> None:
    async def story(here: Guarded) -> None:
        stranger = here.front.connect("made-up")
        with pytest.raises(ApiError, match="Unauthorized"):
            await stranger.get("nodes", NODE)
        await stranger.close()
        assert here.seen() == [("", "get", "nodes", NODE, 401)]

    play(story)


def test_discovery_passes_and_is_no_call(play: Play) -> None:
    async def story(here: Guarded) -> None:
        assert (await here.raw.get("/api/v1")).json()["kind"] == "APIResourceList"
        assert here.seen() == []

    play(story)


def test_a_fault_answers_instead_of_the_server(play: Play) -> None:
    async def story(here: Guarded) -> None:
        fault = Fault(api="kubernetes", user=OPERATOR, verb="patch", resource="nodes", status=429)
        fault.headers["Retry-After"] = "1"
        here.faults.add(fault)
        answer = await here.raw.patch(f"/api/v1/nodes/{NODE}", json=CORDON)
        assert (answer.status_code, answer.json()["reason"]) == (429, "TooManyRequests")
        assert answer.headers["Retry-After"] == "1"
        assert here.seen() == [(OPERATOR, "patch", "nodes", NODE, 429)]
        assert len(here.inside) == 0

    play(story)


def test_a_dropped_answer_is_a_done_deed(play: Play) -> None:
    async def story(here: Guarded) -> None:
        here.faults.add(Fault(api="kubernetes", verb="patch", drop=True))
        with pytest.raises(httpx.TransportError):
            await here.raw.patch(f"/api/v1/nodes/{NODE}", json=CORDON)
        assert here.api.store.get("nodes", NODE)["spec"]["unschedulable"] is True
        assert here.seen() == [(OPERATOR, "patch", "nodes", NODE, 0)]

    play(story)


def test_hooks_run_around_the_work(play: Play) -> None:
    async def story(here: Guarded) -> None:
        cordoned: list[bool | None] = []

        async def look() -> None:
            cordoned.append(here.api.store.get("nodes", NODE)["spec"].get("unschedulable"))

        here.faults.add(Fault(api="kubernetes", verb="patch", before=look, after=look))
        await here.operator.patch("nodes", NODE, CORDON)
        assert cordoned == [None, True]

    play(story)


def test_a_caller_that_dies_before_the_work_has_done_nothing(play: Play) -> None:
    async def story(here: Guarded) -> None:
        arrived = asyncio.Event()

        async def die() -> None:
            arrived.set()

        here.faults.add(Fault(api="kubernetes", verb="patch", before=die))
        async with httpx.AsyncClient(verify=False, headers=here.raw.headers) as dying:
            call = asyncio.create_task(dying.patch(f"{here.front.url}/api/v1/nodes/{NODE}", json=CORDON))
            await arrived.wait()
            call.cancel()
            Event().wait(0.5)  # a busy computer lets nothing happen for a while
            await asyncio.wait([call])
        await here.operator.get("nodes", NODE)
        assert [call.verb for call in here.books] == ["get"]
        assert [call.verb for call in here.inside] == ["get"]

    play(story)


def test_a_watch_is_passed_on_while_it_goes_on_and_ends_when_nobody_listens(play: Play) -> None:
    async def story(here: Guarded) -> None:
        async with here.raw.stream("GET", "/api/v1/nodes", params={"watch": "1"}) as watching:
            lines = watching.aiter_lines()
            assert json.loads(await anext(lines))["type"] == "ADDED"
            here.api.store.create("nodes", {"metadata": {"name": "node-2"}})
            assert json.loads(await anext(lines))["object"]["metadata"]["name"] == "node-2"
            assert here.seen() == [(OPERATOR, "watch", "nodes", "", 200)]
            assert here.turnstile.inside == 1
        async with asyncio.timeout(60):
            while here.turnstile.inside:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)

    play(story)


def test_a_server_that_is_away_is_unavailable(play: Play) -> None:
    async def story(here: Guarded) -> None:
        await here.behind.stop()
        with pytest.raises(ApiError) as refused:
            await here.operator.get("nodes", NODE)
        assert refused.value.status == 503
        assert here.seen() == [(OPERATOR, "get", "nodes", NODE, 503)]

    play(story)


def test_a_deed_whose_answer_is_lost_is_done_once(play: Play) -> None:
    """However safe HTTP calls it to ask again: whether to is the asking side's matter."""

    async def story(here: Guarded) -> None:
        here.failing.add(Fault(api="kubernetes", verb="delete", drop=True))
        await here.operator.get("nodes", NODE)  # its connection is used again
        with pytest.raises(ApiError) as refused:
            await here.operator.delete("nodes", NODE)
        assert refused.value.status == 503
        assert [(call.verb, call.status) for call in here.inside] == [("get", 200), ("delete", 0)]
        assert here.seen() == [(OPERATOR, "get", "nodes", NODE, 200), (OPERATOR, "delete", "nodes", NODE, 503)]

    play(story)
