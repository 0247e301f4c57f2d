"""The bootstrap in a process of its own, which knows endpoints and settings alone, as a deployed function does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import deployment
from sandbox.books import Books
from sandbox.front import Front
from sandbox.google.apis import GoogleApis
from sandbox.google.inventory import GkeCluster, Inventory
from sandbox.google.logstore import LogStore
from sandbox.google.metadata import MetadataServer
from sandbox.google.policies import Policies
from sandbox.pace import Pace
from sandbox.pubsub import topology
from sandbox.pubsub.embedded import EmbeddedQueue
from sandbox.registry.catalog import Catalog
from sandbox.serving import Served, serve
from tests.contract.adapters.server import Server
from tests.contract.google.conftest import StubFleet, StubMachine

ROOT = Path(__file__).parents[3]

STORY = """
import json, os, sys
from functions import bootstrap
from functions.settings import read_settings

def loaded(*names):
    return [name for name in names if name in sys.modules]

settings = read_settings(os.environ)
heavy = "google.cloud.compute_v1", "google.cloud.pubsub_v1"
seen = {}
diagnosis, memory = bootstrap.diagnosis(settings)
key = settings.clusters[0]
seen["pools"] = [pool.name for pool in diagnosis.gke.cluster(key).pools]
seen["node"] = diagnosis.gke.connect(key).nodes.get("node-a1").name
seen["before"] = loaded(*heavy)
refresh = bootstrap.refresh(settings)
refresh.outbox.publish_step({"action": "sweep"})
group = refresh.gke.cluster(key).pools[0].group_urls[0]
seen["members"] = [member.id for member in refresh.groups.members(group).values()]
seen["published"] = loaded(*heavy)
refresh.compute()
seen["renewing"] = loaded(*heavy)
seen["same"] = bootstrap.diagnosis(settings) is bootstrap.diagnosis(settings) and refresh.compute() is refresh.compute()
print(json.dumps(seen))
"""


@pytest.fixture
def environ(server: Server, tmp_path: Path) -> Iterator[dict[str, str]]:
    """All endpoints of a small cloud, with the server's cluster in it."""
    policies, inventory = Policies(), Inventory()
    deployment.grant_all(policies)
    machine = StubMachine(name="node-a1", project=deployment.PROJECT, instance_id=7)
    inventory.clusters.append(
        GkeCluster(
            project=deployment.PROJECT,
            location=deployment.LOCATION,
            name=deployment.CLUSTER,
            endpoint=server.served.url.removeprefix("https://"),
            ca_certificate=server.certificate.ca.read_bytes(),
            fleet=StubFleet([machine]),
        )
    )
    front = Front(books=Books(), faults=server.faults)
    google = GoogleApis(
        front=front,
        identities=server.ring.identities,
        policies=policies,
        inventory=inventory,
        catalog=Catalog(),
        logs=LogStore(),
    )
    metadata = MetadataServer(
        email=deployment.REFRESH, project=deployment.PROJECT, identities=server.ring.identities, front=front
    )
    queue = EmbeddedQueue(pace=Pace())

    async def up() -> tuple[Served, Served]:
        await queue.start()
        async with topology.connect(queue.endpoint) as clients:
            await clients.publisher.create_topic(name=deployment.topic(deployment.STEPS_TOPIC))
        return await serve(google.app), await serve(metadata.app)

    async def down(*servers: Served) -> None:
        for each in servers:
            await each.stop()
        await queue.stop()

    google_served, metadata_served = server.ring.background.run(up())
    yield deployment.environment(
        home=tmp_path,
        metadata=metadata_served.url.removeprefix("http://"),
        pubsub=queue.endpoint,
        google=google_served.url,
        registry=google_served.url,
        events_topic=deployment.EVENTS_TOPIC,
        ring=1,
        settings={},
    )
    server.ring.background.run(down(google_served, metadata_served))


def test_what_is_built_works_and_what_is_heavy_is_loaded_when_it_is_due(
    server: Server, environ: dict[str, str]
) -> None:
    server.node("node-a1")

    done = subprocess.run(
        [sys.executable, "-c", STORY], env=environ, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )

    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert seen == {
        "pools": ["default"],
        "node": "node-a1",
        "before": [],
        "published": ["google.cloud.pubsub_v1"],
        "members": ["7"],
        "renewing": ["google.cloud.compute_v1", "google.cloud.pubsub_v1"],
        "same": True,
    }
    assert {call.user for call in server.books} == {deployment.REFRESH}
