"""The sandbox's own asynchronous client, which its controllers and kubelets share."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from sandbox.faults import Fault
from sandbox.kube import ApiError, KubeClient
from tests.contract.kube.ringone import Sandbox
from tests.contract.kube.server import pod

Story = Callable[[KubeClient], Awaitable[None]]


def _tell(sandbox: Sandbox, story: Story, *, at_once: int | None = None) -> None:
    async def with_client() -> None:
        server = sandbox.server
        connected = KubeClient(url=server.url, ca=server.ca, token=server.token, at_once=at_once)
        try:
            async with asyncio.timeout(100):
                await story(connected)
        finally:
            await connected.close()

    sandbox.background.run(with_client())


def test_objects_come_and_go(sandbox: Sandbox, namespace: str) -> None:
    async def story(kube: KubeClient) -> None:
        created = await kube.create("pods", pod("web"), namespace)
        assert await kube.get("pods", "web", namespace) == created
        await kube.patch("pods/status", "web", {"status": {"phase": "Running"}}, namespace)
        running = await kube.get("pods", "web", namespace)
        running["metadata"]["labels"] = {"a": "b"}
        await kube.replace("pods", running)
        assert [each["status"]["phase"] for each in await kube.list("pods", namespace, labels="a=b")] == ["Running"]
        with pytest.raises(ApiError, match="UID in the precondition") as caught:
            await kube.delete("pods", "web", namespace, uid="another")
        assert (caught.value.status, caught.value.reason) == (409, "Conflict")
        await kube.delete("pods", "web", namespace, grace=0, uid=running["metadata"]["uid"])
        with pytest.raises(ApiError, match='pods "web" not found'):
            await kube.get("pods", "web", namespace)

    _tell(sandbox, story)


def test_lists_are_read_to_their_last_page(sandbox: Sandbox, namespace: str) -> None:
    async def story(kube: KubeClient) -> None:
        for number in range(501):
            sandbox.api.store.create("configmaps", {"metadata": {"name": f"map-{number}"}}, namespace)
        assert len(await kube.list("configmaps", namespace)) == 501

    _tell(sandbox, story)


def test_broken_watch_begins_again_and_tells_what_went_meanwhile(sandbox: Sandbox, namespace: str) -> None:
    async def story(kube: KubeClient) -> None:
        for name in ("first", "second"):
            await kube.create("configmaps", {"metadata": {"name": name}}, namespace)

        async def meanwhile() -> None:
            sandbox.api.store.delete("configmaps", "first", namespace)

        sandbox.faults.add(Fault(verb="watch", resource="configmaps", status=500, before=meanwhile))
        async with aclosing(kube.watch("configmaps", namespace)) as events:
            seen = [await anext(events) for _ in range(4)]
        told = [(each.type, each.object["metadata"]["name"]) for each in seen]
        assert told == [("ADDED", "first"), ("ADDED", "second"), ("DELETED", "first"), ("ADDED", "second")]

    _tell(sandbox, story)
    sandbox.faults.clear()


def test_watch_lists_then_follows(sandbox: Sandbox, namespace: str) -> None:
    async def story(kube: KubeClient) -> None:
        await kube.create("configmaps", {"metadata": {"name": "first"}}, namespace)
        async with aclosing(kube.watch("configmaps", namespace, bookmarks=True)) as events:
            seen = [await anext(events), await anext(events)]
            await kube.create("configmaps", {"metadata": {"name": "second"}}, namespace)
            seen.append(await anext(events))
            await kube.delete("configmaps", "first", namespace)
            seen.append(await anext(events))
        told = [(each.type, each.object.get("metadata", {}).get("name")) for each in seen]
        assert told == [("ADDED", "first"), ("BOOKMARK", None), ("ADDED", "second"), ("DELETED", "first")]

    _tell(sandbox, story)


def test_what_only_looks_like_the_end_of_a_line_ends_no_event(sandbox: Sandbox, namespace: str) -> None:
    """A registry's words may hold anything, and end up in a pod's status."""
    words = "one\u2028two\u2029three\x85four\x0bfive\nsix"

    async def story(kube: KubeClient) -> None:
        async with aclosing(kube.watch("configmaps", namespace, bookmarks=True)) as events:
            await anext(events)
            await kube.create("configmaps", {"metadata": {"name": "strange"}, "data": {"words": words}}, namespace)
            assert (await anext(events)).object["data"] == {"words": words}

    _tell(sandbox, story)


def test_watch_of_what_nobody_serves_raises(sandbox: Sandbox) -> None:
    async def story(kube: KubeClient) -> None:
        with pytest.raises(ApiError) as caught:
            async with aclosing(kube.watch("wishes")) as events:
                await anext(events)
        assert caught.value.status == 501

    _tell(sandbox, story)


def test_a_call_waits_for_its_turn(sandbox: Sandbox, namespace: str) -> None:
    async def story(kube: KubeClient) -> None:
        arrived, answer = asyncio.Semaphore(0), asyncio.Event()

        async def hold() -> None:
            arrived.release()
            await answer.wait()

        held = sandbox.faults.add(Fault(verb="list", resource="configmaps", times=3, before=hold))
        calls = [asyncio.create_task(kube.list("configmaps", namespace)) for _ in range(3)]
        for _ in range(2):
            await arrived.acquire()
        await asyncio.to_thread(sandbox.server.raw.get, "/version")  # by then a third one would be there, too
        assert held.seen == 2
        answer.set()
        await asyncio.gather(*calls)
        assert held.seen == 3

    _tell(sandbox, story, at_once=2)
    sandbox.faults.clear()
