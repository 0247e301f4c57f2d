"""What judges see of a cluster is what is there, whether the API server lives in this process or in another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox import manifests
from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.identities import Identities
from sandbox.kube import KubeApi, KubeClient, certificates
from sandbox.mirror import Mirror
from sandbox.objects.kinds import name_of
from sandbox.serving import serve
from sandbox.view import StoreView, View

Open = Callable[[KubeApi, KubeClient], View]
Story = Callable[[View, KubeClient], Awaitable[None]]


def of_store(api: KubeApi, _: KubeClient) -> View:
    return StoreView(api.store)


def of_watches(_: KubeApi, client: KubeClient) -> View:
    return Mirror(client)


@asynccontextmanager
async def cluster(opened: Open, directory: Path) -> AsyncIterator[tuple[View, KubeClient]]:
    api = KubeApi(identities=Identities(), books=Books(), faults=Faults())
    manifests.apply(api.store)
    certificate = certificates.issue(directory)
    served = await serve(api.app, certificate=certificate)
    client = KubeClient(url=served.url, ca=certificate.ca, token=api.admin_token)
    view = opened(api, client)
    following = asyncio.create_task(view.run()) if isinstance(view, Mirror) else None
    try:
        yield view, client
    finally:
        if following:
            following.cancel()
            await asyncio.wait([following])
        await client.close()
        await served.stop()


@pytest.fixture(params=[of_store, of_watches])
def look(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Story], None]:
    def run(story: Story) -> None:
        async def whole() -> None:
            async with cluster(request.param, tmp_path) as (view, client):
                await story(view, client)

        asyncio.run(whole())

    return run


Look = Callable[[Story], None]


def names(view: View, plural: str, namespace: str = "", labels: str = "") -> list[str]:
    return [name_of(each) for each in view.list(plural, namespace, labels=labels)]


def test_nothing_that_was_written_is_missing_after_catching_up(look: Look) -> None:
    async def story(view: View, client: KubeClient) -> None:
        for number in range(20):
            name = f"node-{number:02}"
            await client.create("nodes", {"metadata": {"name": name}})
            await view.catch_up()
            assert names(view, "nodes") == [name]
            await client.patch("nodes", name, {"spec": {"unschedulable": True}})
            await view.catch_up()
            assert view.get("nodes", name)["spec"]["unschedulable"] is True
            await client.delete("nodes", name)
            await view.catch_up()
            assert names(view, "nodes") == []

    look(story)


def test_another_object_of_the_same_name_is_another_object(look: Look) -> None:
    async def story(view: View, client: KubeClient) -> None:
        first = await client.create("nodes", {"metadata": {"name": "node"}})
        await view.catch_up()
        await client.delete("nodes", "node")
        second = await client.create("nodes", {"metadata": {"name": "node"}})
        await view.catch_up()
        assert view.get("nodes", "node")["metadata"]["uid"] == second["metadata"]["uid"] != first["metadata"]["uid"]

    look(story)


def test_chooses_by_namespace_and_labels(look: Look) -> None:
    async def story(view: View, client: KubeClient) -> None:
        for namespace, name in (("blue", "b"), ("blue", "a"), ("green", "c")):
            if name != "a":
                await client.create("namespaces", {"metadata": {"name": namespace}})
            lease = {"metadata": {"name": name, "namespace": namespace, "labels": {"app": name}}, "spec": {}}
            await client.create("leases", lease)
        await view.catch_up()
        assert names(view, "leases") == ["a", "b", "c"]
        assert names(view, "leases", "blue") == ["a", "b"]
        assert names(view, "leases", labels="app in (b,c)") == ["b", "c"]
        assert names(view, "leases", "green", labels="app=b") == []

    look(story)


def test_what_is_not_there_is_a_key_error(look: Look) -> None:
    async def story(view: View, client: KubeClient) -> None:
        await view.catch_up()
        with pytest.raises(KeyError, match="node-1"):
            view.get("nodes", "node-1")

    look(story)
