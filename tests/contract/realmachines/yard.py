"""Real machines beside a real control plane and a real registry, and what a test asks of them."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.kube.client import ApiError, KubeClient
from sandbox.machines.machine import Machine
from sandbox.objects.conditions import is_true
from sandbox.pace import Pace
from sandbox.real import images
from sandbox.real.machines.fleet import RealFleet
from sandbox.real.registry.store import image_store
from sandbox.registry.server import Registry
from tests.ringtwo import RingTwo

Object = dict[str, Any]
T = TypeVar("T")

ONE, TWO = (f"yard-{os.getpid()}-{number}" for number in (1, 2))  # that no other test session's are called
HOST = "us-central1-docker.pkg.dev"
IMAGE = f"{HOST}/acme/apps/ocr:v1"
LINES = ("Starting OCR worker", "listening for messages...")
NODES = "nodes@acme.iam.gserviceaccount.com"
READER = "roles/artifactregistry.reader"
REPOSITORY = "projects/acme/locations/us-central1/repositories/apps"
DEADLINE = 90.0  # of every wait; on a machine that has nothing else to do none comes near it


@dataclass(frozen=True, kw_only=True, slots=True)
class Yard:
    """Two machines, ONE and TWO, run all the time."""

    ring: RingTwo
    admin: KubeClient
    registry: Registry
    consoles: Path
    fleet: RealFleet

    async def pod(self, name: str, node: str, **container: Any) -> Object:
        """Bound to the node, with one container that asks the registry whenever it starts."""
        app = {"name": "app", "image": IMAGE, "imagePullPolicy": "Always", **container}
        spec = {"nodeName": node, "containers": [app], "terminationGracePeriodSeconds": 0}
        return await self.admin.create("pods", {"metadata": {"name": name, "namespace": "default"}, "spec": spec})

    async def pod_when(self, name: str, holds: Callable[[Object], Any]) -> Object:
        return await self._when("pods", name, "default", holds)

    async def node_when(self, name: str, holds: Callable[[Object], Any]) -> Object:
        return await self._when("nodes", name, "", holds)

    async def events(self, name: str, reason: str) -> list[str]:
        """What those events about the object said."""
        selected = await self.admin.list("events", fields=f"involvedObject.name={name},reason={reason}")
        return [each["message"] for each in selected]

    async def delete_pods(self) -> None:
        for pod in await self.admin.list("pods", "default"):
            await self.admin.delete("pods", pod["metadata"]["name"], "default", grace=0)

    async def _when(self, resource: str, name: str, namespace: str, holds: Callable[[Object], Any]) -> Object:
        async def found() -> Object | None:
            try:
                obj = await self.admin.get(resource, name, namespace)
            except ApiError as fault:
                if fault.status == 404:
                    return None
                raise
            return obj if holds(obj) else None

        return await until(found)


async def until(look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` finds as soon as it finds something."""
    async with asyncio.timeout(DEADLINE):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.1)


def is_ready(obj: Object) -> bool:
    return is_true(obj, "Ready")


def waiting(pod: Object) -> Object:
    """Why its container waits; empty where it doesn't."""
    statuses = pod["status"].get("containerStatuses") or [{"state": {}}]
    reason: Object = statuses[0]["state"].get("waiting") or {}
    return reason


def is_refused(pod: Object) -> bool:
    return waiting(pod).get("reason") == "ErrImagePull"


def boot_id(node: Object) -> str:
    return str(node["status"]["nodeInfo"]["bootID"])


@asynccontextmanager
async def open_yard(ring: RingTwo, directory: Path) -> AsyncIterator[Yard]:
    async with AsyncExitStack() as stack:
        policies = Policies()
        policies.grant(f"serviceAccount:{NODES}", READER, REPOSITORY)
        store = await stack.enter_async_context(image_store(directory / "registry", program=images.worker()))
        store.push(IMAGE, log_lines=LINES)
        front = Front(books=Books(), faults=Faults())
        registry = Registry(catalog=store, policies=policies, identities=ring.identities, front=front, host=HOST)
        stack.push_async_callback(registry.close)
        await registry.up()
        admin = KubeClient(url=ring.plane.url, ca=ring.plane.ca, token=ring.plane.admin_token)
        stack.push_async_callback(admin.close)
        fleet = await open_fleet(ring, registry, directory)
        stack.push_async_callback(fleet.stop)
        for name in (ONE, TWO):
            add(fleet, name)
        await fleet.power_on()
        yield Yard(ring=ring, admin=admin, registry=registry, consoles=directory, fleet=fleet)


async def open_fleet(ring: RingTwo, registry: Registry, consoles: Path) -> RealFleet:
    return await RealFleet.open(
        project="acme",
        identities=ring.identities,
        pace=Pace(speed=40),
        kube_url=ring.plane.url,
        ca=ring.plane.ca,
        registry_url=registry.url,
        consoles=consoles,
    )


def add(fleet: RealFleet, name: str, **given: Any) -> Machine:
    return fleet.add(name=name, zone="us-central1-a", pool="apps", service_account=NODES, **given)
