"""What a ring gives to the labs of its tests: a cluster with a registry, and machines."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import manifests
from sandbox.books import Books
from sandbox.controllers.run import run_controllers
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.kube import kubeconfig
from sandbox.kube.api import KubeApi
from sandbox.kube.certificates import issue
from sandbox.kube.client import KubeClient
from sandbox.machines.fleet import Fleet
from sandbox.machines.simulated import SimulatedFleet
from sandbox.pace import Pace
from sandbox.real.controlplane import ControlPlane, install
from sandbox.real.images import worker
from sandbox.real.machines.fleet import RealFleet
from sandbox.real.registry.store import image_store
from sandbox.registry.catalog import Catalog
from sandbox.registry.server import Registry
from sandbox.registry.store import ImageStore
from sandbox.serving import serve
from tests.ringtwo import RingTwo

PROJECT = "acme"
HOST = "us-central1-docker.pkg.dev"
_NAMESPACES = {"default", "kube-system", "kube-node-lease"}
SPEED = 120.0  # of simulated machines: a minute takes half a second


@dataclass(kw_only=True)
class Ground:
    """A running cluster. Ring 1 has one for each test, the real rings have one for all of them."""

    ring: int
    client: KubeClient  # the administrator's
    fleet: Fleet
    images: ImageStore
    registry: Registry
    policies: Policies
    books: Books
    faults: Faults
    pace: Pace
    kubeconfig: Path
    kubectl: Path | None
    api: KubeApi | None = None  # ring 1's
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


@dataclass(kw_only=True)
class _Parts:
    """Under every ring's cluster."""

    identities: Identities
    pace: Pace
    stack: AsyncExitStack
    books: Books = field(default_factory=Books)
    faults: Faults = field(default_factory=Faults)
    policies: Policies = field(default_factory=Policies)

    @property
    def front(self) -> Front:
        return Front(books=self.books, faults=self.faults)

    async def registry(self, images: ImageStore) -> Registry:
        registry = Registry(
            catalog=images, policies=self.policies, identities=self.identities, front=self.front, host=HOST
        )
        self.stack.push_async_callback(registry.close)
        await registry.up()
        return registry

    def simulated_fleet(self, registry: Registry, connect: Callable[[str], KubeClient]) -> Fleet:
        fleet = SimulatedFleet(
            project=PROJECT, identities=self.identities, pace=self.pace, registry_url=registry.url, connect=connect
        )
        self.stack.push_async_callback(fleet.stop)
        return fleet


@asynccontextmanager
async def simulated(directory: Path) -> AsyncIterator[Ground]:
    """Ring 1, in the running event loop."""
    async with AsyncExitStack() as stack:
        parts = _Parts(identities=Identities(), pace=Pace(speed=SPEED), stack=stack)
        api = KubeApi(identities=parts.identities, books=parts.books, faults=parts.faults)
        manifests.apply(api.store)
        known = {each["metadata"]["name"] for each in api.store.list("namespaces")}
        for name in _NAMESPACES - known:
            api.store.create("namespaces", {"metadata": {"name": name}})
        certificate = issue(directory)
        served = await serve(api.app, certificate=certificate)
        stack.push_async_callback(served.stop)

        def connect(token: str) -> KubeClient:
            return KubeClient(url=served.url, ca=certificate.ca, token=token)

        admin, manager = connect(api.admin_token), connect(parts.identities.issue("system:kube-controller-manager"))
        stack.push_async_callback(admin.close)
        stack.push_async_callback(manager.close)
        controllers = asyncio.create_task(run_controllers(manager, parts.pace))
        stack.push_async_callback(_end, controllers)
        images = Catalog()
        registry = await parts.registry(images)
        kubectl = shutil.which("kubectl")
        yield Ground(
            ring=1,
            client=admin,
            fleet=parts.simulated_fleet(registry, connect),
            images=images,
            registry=registry,
            policies=parts.policies,
            books=parts.books,
            faults=parts.faults,
            pace=parts.pace,
            kubeconfig=kubeconfig.write(directory / "config", url=served.url, ca=certificate.ca, token=api.admin_token),
            kubectl=Path(kubectl) if kubectl else None,
            api=api,
        )


@asynccontextmanager
async def real(ring: int, ring_two: RingTwo, directory: Path) -> AsyncIterator[Ground]:
    """Ring 2, whose nodes are ring 1's kubelets, or ring 3 with real machines; in the control plane's event loop."""
    plane = ring_two.plane
    async with AsyncExitStack() as stack:
        parts = _Parts(identities=ring_two.identities, pace=Pace(speed=SPEED if ring == 2 else 1), stack=stack)
        await install(plane, PROJECT)

        def connect(token: str) -> KubeClient:
            return KubeClient(url=plane.url, ca=plane.ca, token=token)

        admin = connect(plane.admin_token)
        stack.push_async_callback(admin.close)
        program = {"program": worker()} if ring == 3 else {}
        images = await stack.enter_async_context(image_store(directory / "registry", **program))
        registry = await parts.registry(images)
        if ring == 2:
            fleet = parts.simulated_fleet(registry, connect)
        else:
            fleet = await _real_fleet(parts, plane, registry, directory)
        yield Ground(
            ring=ring,
            client=admin,
            fleet=fleet,
            images=images,
            registry=registry,
            policies=parts.policies,
            books=parts.books,
            faults=parts.faults,
            pace=parts.pace,
            kubeconfig=plane.kubeconfig,
            kubectl=ring_two.kubectl,
        )


async def _real_fleet(parts: _Parts, plane: ControlPlane, registry: Registry, consoles: Path) -> Fleet:
    fleet = await RealFleet.open(
        project=PROJECT,
        identities=parts.identities,
        pace=parts.pace,
        kube_url=plane.url,
        ca=plane.ca,
        registry_url=registry.url,
        consoles=consoles,
    )
    parts.stack.push_async_callback(fleet.stop)
    return fleet


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])
