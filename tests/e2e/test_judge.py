"""The judge convicts: each of its findings is also seen to fail, on a world in which somebody did wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from sandbox import deployment, judge
from sandbox.kube.client import KubeClient
from sandbox.world import World, running
from tests.e2e.playing import EMBEDDED

ONE, OTHER = "node-1", "node-2"


def test_a_node_at_a_time() -> None:
    async def check() -> None:
        async with cluster() as world, product(world) as client:
            assert judge.no_node_was_cordoned(world).holds
            await cordon(client, ONE)
            assert not judge.no_node_was_cordoned(world).holds
            assert judge.one_at_a_time(world).holds
            await uncordon(client, ONE)
            await cordon(client, OTHER)
            assert judge.one_at_a_time(world).holds
            await cordon(client, ONE)
            assert not judge.one_at_a_time(world).holds
            assert judge.at_most(world, 2).holds

    asyncio.run(check())


def test_a_machine_that_is_off_is_out_of_service_without_a_cordon() -> None:
    async def check() -> None:
        async with cluster() as world, product(world) as client:
            await cordon(client, ONE)
            await reset(world, OTHER)
            found = judge.one_at_a_time(world)
            assert not found.holds
            assert ONE in found.line
            assert OTHER in found.line

    asyncio.run(check())


def test_resets_are_counted_by_machine_and_request() -> None:
    async def check() -> None:
        async with cluster() as world:
            assert judge.were_reset(world, ()).holds
            await reset(world, ONE, request="0b6c2a1e-8e0f-4f43-9b53-3f0a6f7a1c11")
            assert judge.were_reset(world, [ONE]).holds
            assert not judge.were_reset(world, ()).holds
            assert not judge.were_reset(world, [ONE, OTHER]).holds
            await reset(world, ONE, request="0b6c2a1e-8e0f-4f43-9b53-3f0a6f7a1c11")
            assert judge.were_reset(world, [ONE]).holds
            await reset(world, ONE, request="7e3b5f5c-6a53-4d0e-8a3c-5f5e0d6f2a22")
            assert not judge.were_reset(world, [ONE]).holds

    asyncio.run(check())


def test_what_is_left_is_named() -> None:
    async def check() -> None:
        async with cluster() as world, product(world) as client:
            assert judge.nothing_is_left(world).holds
            await client.patch("nodes", ONE, {"metadata": {"labels": {"repull.dev/refresh": "r"}}})
            assert "node-1 still has repull.dev/refresh" in judge.nothing_is_left(world).line
            await client.patch("nodes", ONE, {"metadata": {"labels": {"repull.dev/refresh": None}}})
            await cordon(client, OTHER)
            assert "node-2 is cordoned" in judge.nothing_is_left(world).line
            assert judge.nothing_is_left(world, cordoned=[OTHER]).holds
            assert "node node-1 is not cordoned" in judge.nothing_is_left(world, cordoned=[ONE, OTHER]).line
            assert not judge.nothing_was_touched(world).holds

    asyncio.run(check())


@asynccontextmanager
async def cluster() -> AsyncIterator[World]:
    async with running(environ=EMBEDDED) as world:
        for name in (ONE, OTHER):
            world.fleet.add(name=name, zone="us-central1-a", pool="apps", service_account=deployment.NODES)
        await world.fleet.power_on()
        yield world


@asynccontextmanager
async def product(world: World) -> AsyncIterator[KubeClient]:
    """A client with the refresh function's identity, in other hands."""
    client = world.cluster.front.connect(world.identities.issue(deployment.REFRESH))
    try:
        yield client
    finally:
        await client.close()


async def cordon(client: KubeClient, name: str) -> None:
    await client.patch("nodes", name, {"spec": {"unschedulable": True}})


async def uncordon(client: KubeClient, name: str) -> None:
    await client.patch("nodes", name, {"spec": {"unschedulable": None}})


async def reset(world: World, name: str, request: str = "") -> None:
    compute = world.refresh.environ["REPULL_COMPUTE_ENDPOINT"]
    path = f"/compute/v1/projects/{deployment.PROJECT}/zones/us-central1-a/instances/{name}/reset"
    async with httpx.AsyncClient(base_url=compute, trust_env=False) as client:
        answer = await client.post(
            path,
            params={"requestId": request} if request else {},
            headers={"Authorization": f"Bearer {world.identities.issue(deployment.REFRESH)}"},
        )
        answer.raise_for_status()
