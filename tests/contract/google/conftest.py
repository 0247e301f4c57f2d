"""Google's simulated APIs with two clusters' worth of inventory, served to real client libraries."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from sandbox.books import Books
from sandbox.contracts import Machine
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.google.apis import GoogleApis
from sandbox.google.hierarchy import ORGANIZATION
from sandbox.google.inventory import GkeCluster, Inventory
from sandbox.google.logstore import LogStore
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.registry.catalog import Catalog
from sandbox.serving import serve
from tests.background import Background
from tests.contract.google.inspector import Inspector

OPERATOR = "operator@acme.iam.gserviceaccount.com"
STRANGER = "stranger@acme.iam.gserviceaccount.com"
NODES = "nodes@acme.iam.gserviceaccount.com"
REPOSITORY = "projects/acme/locations/us-central1/repositories/apps"


@dataclass(kw_only=True)
class StubMachine:
    """A machine that only counts what is done to it."""

    name: str
    zone: str = "us-central1-a"
    pool: str = "default"
    project: str = "acme"
    instance_id: int = 4711
    service_account: str = NODES
    scopes: tuple[str, ...] = ("https://www.googleapis.com/auth/cloud-platform",)
    spot: bool = False
    local_ssds: int = 0
    regional_disks: tuple[str, ...] = ()
    exists: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    status: str = "RUNNING"
    last_start: str = "2026-11-24T08:00:00.000-08:00"
    resets: int = 0
    done: list[str] = field(default_factory=list)  # by its group
    power_off: asyncio.Event = field(default_factory=asyncio.Event)
    breaks: str = ""  # why a reset or a recreation of it fails

    async def reset(self) -> None:
        self.resets += 1
        if self.breaks:
            raise RuntimeError(self.breaks)
        await self.power_off.wait()

    async def recreate(self) -> None:
        """It is away until the power is switched off, so that a test may look."""
        self.done.append("recreate")
        if self.breaks:
            raise RuntimeError(self.breaks)
        self.exists = False
        await self.power_off.wait()
        self.exists, self.instance_id = True, self.instance_id + 1000

    async def stop(self) -> None:
        self.done.append("stop")
        self.status = "STOPPING"
        await self.power_off.wait()
        self.status = "TERMINATED"

    async def start(self) -> None:
        self.done.append("start")
        self.status = "RUNNING"


class StubFleet(list[Machine]):
    def find(self, project: str, zone: str, name: str) -> Machine | None:
        return next((m for m in self if (m.project, m.zone, m.name) == (project, zone, name)), None)


@dataclass(kw_only=True)
class Cloud:
    """The simulated APIs and the way in."""

    background: Background
    url: str
    identities: Identities
    books: Books
    faults: Faults
    front: Front
    policies: Policies
    inventory: Inventory
    catalog: Catalog
    logs: LogStore
    machines: dict[str, StubMachine]
    apis: GoogleApis
    inspector: Inspector

    def token(self, email: str = OPERATOR) -> str:
        return self.identities.issue(email)

    def until(self, condition: Callable[[], bool]) -> None:
        """Look again until it holds, for a minute."""
        ends = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < ends
            self.background.run(asyncio.sleep(0.01))


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Background() as background:
        books, faults, identities, policies = Books(), Faults(), Identities(), Policies()
        inventory, catalog, logs = Inventory(), Catalog(), LogStore()
        machines = {
            machine.name: machine
            for machine in (
                StubMachine(name="node-a1", instance_id=1),
                StubMachine(name="node-a2", instance_id=2),
                StubMachine(name="node-a3", instance_id=3),
                StubMachine(name="node-b1", instance_id=4, zone="us-central1-b"),
                StubMachine(name="spot-a1", instance_id=5, pool="spot", spot=True),
            )
        }
        inventory.bystanders.append(StubMachine(name="some-database", pool="", instance_id=99))
        inventory.clusters.append(
            GkeCluster(
                project="acme",
                location="us-central1",
                name="prod",
                endpoint="127.0.0.1:6443",
                ca_certificate=b"-----BEGIN CERTIFICATE-----\n",
                fleet=StubFleet(machines.values()),
            )
        )
        for role in ("roles/compute.instanceAdmin.v1", "roles/container.viewer", "roles/browser"):
            policies.grant(f"serviceAccount:{OPERATOR}", role, "projects/acme")
        policies.grant(f"serviceAccount:{OPERATOR}", "roles/iam.securityReviewer", ORGANIZATION)
        front = Front(books=books, faults=faults)
        apis = GoogleApis(
            front=front,
            identities=identities,
            policies=policies,
            inventory=inventory,
            catalog=catalog,
            logs=logs,
        )
        inspector = Inspector(apis.app)
        served = background.run(serve(inspector))
        yield Cloud(
            background=background,
            url=served.url,
            identities=identities,
            books=books,
            faults=faults,
            front=front,
            policies=policies,
            inventory=inventory,
            catalog=catalog,
            logs=logs,
            machines=machines,
            apis=apis,
            inspector=inspector,
        )
        background.run(served.stop())
        assert not inspector.problems, "what Google's discovery documents do not know"
