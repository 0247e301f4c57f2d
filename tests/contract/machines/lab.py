"""A small cluster over real sockets: API server, registry, controllers and machines, in the test's own event loop."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sandbox.books import Books
from sandbox.controllers.run import run_controllers
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.kube import kubeconfig
from sandbox.kube.api import KubeApi
from sandbox.kube.certificates import issue
from sandbox.kube.client import ApiError, KubeClient
from sandbox.machines.fleet import Fleet
from sandbox.machines.machine import Machine
from sandbox.machines.simulated import SimulatedFleet
from sandbox.pace import Pace
from sandbox.registry.catalog import Catalog
from sandbox.registry.server import Registry
from sandbox.serving import serve

Object = dict[str, Any]
T = TypeVar("T")

HOST = "us-central1-docker.pkg.dev"
REPOSITORY = "projects/acme/locations/us-central1/repositories/apps"
IMAGE = f"{HOST}/acme/apps/ocr:v1"
NODES = "nodes@acme.iam.gserviceaccount.com"
ZONE = "us-central1-a"
DEADLINE = 15.0


@dataclass(kw_only=True)
class Lab:
    """What a test works with. `pace` is fast: a simulated minute takes half a second."""

    client: KubeClient
    fleet: Fleet
    catalog: Catalog
    registry: Registry
    books: Books
    faults: Faults
    pace: Pace
    kubeconfig: Path

    async def machine(self, name: str = "node-1", **given: Any) -> Machine:
        """A machine that is on, with its node Ready."""
        machine = self.fleet.add(name=name, zone=ZONE, pool="pool", service_account=NODES, **given)
        await machine.power_on()
        return machine

    async def create(self, resource: str, obj: Object) -> Object:
        obj["metadata"].setdefault("namespace", "default")
        return await self.client.create(resource, obj)

    async def pod(self, name: str = "pod", *, image: str = IMAGE, **spec: Any) -> Object:
        """A bare pod of one container named `app`; `container` goes into that, the rest into the spec."""
        container = {"name": "app", "image": image, **spec.pop("container", {})}
        return await self.create("pods", {"metadata": {"name": name}, "spec": {"containers": [container], **spec}})

    async def get(self, resource: str, name: str, namespace: str = "default") -> Object | None:
        try:
            return await self.client.get(resource, name, namespace)
        except ApiError as fault:
            if fault.status == 404:
                return None
            raise

    async def pods(self, labels: str = "") -> list[Object]:
        return await self.client.list("pods", "default", labels=labels)

    async def events(self, name: str, reason: str = "") -> list[Object]:
        """The events about an object, oldest first."""
        events = await self.client.list("events")
        mine = [each for each in events if each["involvedObject"]["name"] == name and reason in {"", each["reason"]}]
        return sorted(mine, key=lambda each: int(each["metadata"]["name"].rpartition(".")[2], 16))

    async def pod_when(self, name: str, holds: Callable[[Object], Any]) -> Object:
        """The pod, as soon as it is there and `holds`."""

        async def found() -> Object | None:
            pod = await self.get("pods", name)
            return pod if pod and holds(pod) else None

        return await until(found)

    async def node_when(self, name: str, holds: Callable[[Object], Any]) -> Object:
        """The node, as soon as it is there and `holds`."""

        async def found() -> Object | None:
            node = await self.get("nodes", name, "")
            return node if node and holds(node) else None

        return await until(found)

    async def running_pods(self, count: int, labels: str = "") -> list[Object]:
        """That many ready pods, and no other pod beside them."""

        async def found() -> list[Object] | None:
            pods = await self.pods(labels)
            return pods if len(pods) == count and all(map(is_ready, pods)) else None

        return await until(found)


async def until(look: Callable[[], Awaitable[T | None]], deadline: float = DEADLINE) -> T:
    """What `look` finds as soon as it finds something."""
    async with asyncio.timeout(deadline):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.02)


def is_ready(pod: Object) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ()))


def waiting(pod: Object) -> Object:
    """Why its first container waits; empty where it doesn't."""
    statuses = pod["status"].get("containerStatuses") or [{"state": {}}]
    reason: Object = statuses[0]["state"].get("waiting") or {}
    return reason


def is_stuck(pod: Object) -> bool:
    """Its first container waits, and not just for its turn."""
    return waiting(pod).get("reason") not in {None, "ContainerCreating", "PodInitializing"}


@asynccontextmanager
async def open_lab(speed: float = 120) -> AsyncIterator[Lab]:
    """Everything started, nothing in it but namespaces and one image; everything stopped again."""
    identities, books, faults, pace = Identities(), Books(), Faults(), Pace(speed=speed)
    api = KubeApi(identities=identities, books=books, faults=faults)
    catalog, policies = Catalog(), Policies()
    policies.grant(f"serviceAccount:{NODES}", "roles/artifactregistry.reader", REPOSITORY)
    catalog.push(IMAGE, log_lines=("Starting OCR worker", "listening for messages..."))
    front = Front(books=books, faults=faults)
    registry = Registry(catalog=catalog, policies=policies, identities=identities, front=front, host=HOST)
    with tempfile.TemporaryDirectory() as folder:
        certificate = issue(Path(folder))
        served = await serve(api.app, certificate=certificate)
        await registry.up()

        def connect(token: str) -> KubeClient:
            return KubeClient(url=served.url, ca=certificate.ca, token=token)

        admin, manager = connect(api.admin_token), connect(identities.issue("system:kube-controller-manager"))
        for name in ("default", "kube-system", "kube-node-lease"):
            if not any(each["metadata"]["name"] == name for each in await admin.list("namespaces")):
                await admin.create("namespaces", {"metadata": {"name": name}})
        controllers = asyncio.create_task(run_controllers(manager, pace))
        fleet = SimulatedFleet(
            project="acme", identities=identities, pace=pace, registry_url=registry.url, connect=connect
        )
        try:
            yield Lab(
                client=admin,
                fleet=fleet,
                catalog=catalog,
                registry=registry,
                books=books,
                faults=faults,
                pace=pace,
                kubeconfig=kubeconfig.write(
                    Path(folder) / "config", url=served.url, ca=certificate.ca, token=api.admin_token
                ),
            )
        finally:
            await fleet.stop()
            controllers.cancel()
            await asyncio.wait([controllers])
            await asyncio.gather(admin.close(), manager.close(), registry.close(), served.stop())
