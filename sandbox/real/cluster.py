"""All that ring 2 is made of, side by side, for whoever wants to look at it or to try something by hand."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import deployment
from sandbox.books import Books
from sandbox.deployment import IMAGES, PROJECT, REGISTRY_HOST, grant_all
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.kube import KubeClient
from sandbox.pace import Pace
from sandbox.pubsub.broker import Broker
from sandbox.pubsub.choice import choose
from sandbox.real.authentication import Authenticator
from sandbox.real.controlplane import ControlPlane, control_plane, install
from sandbox.real.daemon import Daemon
from sandbox.real.kwok import background_node, kwok
from sandbox.real.registry.store import image_store
from sandbox.registry.server import Registry
from sandbox.serving import serve

IMAGE = f"{IMAGES}/ocr-worker:v2"
NODES = ("background-1", "background-2", "background-3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    plane: ControlPlane
    registry_url: str
    registry_token: str  # of the nodes' account, which may pull
    broker: Broker
    daemons: tuple[Daemon, ...]  # without any of which it is no cluster


@asynccontextmanager
async def cluster(directory: Path, *, environ: Mapping[str, str]) -> AsyncIterator[Cluster]:
    """Everything answers, and infra/cluster is applied; at the end nothing of it runs."""
    identities, policies = Identities(), Policies()
    grant_all(policies)
    async with AsyncExitStack() as stack:
        authenticator = await serve(Authenticator(identities).app)
        stack.push_async_callback(authenticator.stop)
        broker = choose(environ, pace=Pace())
        stack.push_async_callback(broker.stop)

        async with asyncio.TaskGroup() as group:
            starting = group.create_task(_kubernetes(stack, directory, authenticator.url))
            filling = group.create_task(_registry(stack, directory, identities, policies))
            group.create_task(broker.start())
        plane, background = starting.result()
        yield Cluster(
            plane=plane,
            registry_url=filling.result().url,
            registry_token=identities.issue(deployment.NODES),
            broker=broker,
            daemons=(*plane.daemons, background),
        )


async def _kubernetes(stack: AsyncExitStack, directory: Path, authenticate: str) -> tuple[ControlPlane, Daemon]:
    """With a few nodes, so that there is something to be seen."""
    plane = await stack.enter_async_context(control_plane(directory, authenticate=authenticate))
    background = await stack.enter_async_context(kwok(directory, plane))
    await install(plane, PROJECT)
    admin = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
    try:
        for name in NODES:
            await admin.create("nodes", background_node(name))
    finally:
        await admin.close()
    return plane, background


async def _registry(stack: AsyncExitStack, directory: Path, identities: Identities, policies: Policies) -> Registry:
    """With one image in it."""
    store = await stack.enter_async_context(image_store(directory / "registry"))
    registry = Registry(
        catalog=store,
        policies=policies,
        identities=identities,
        front=Front(books=Books(), faults=Faults()),
        host=REGISTRY_HOST,
    )
    stack.push_async_callback(registry.close)
    await registry.up()
    await asyncio.to_thread(store.push, IMAGE)
    return registry
