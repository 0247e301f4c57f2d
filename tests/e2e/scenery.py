"""What the ward has beside its beds: images, grants, namespaces, and a second cluster."""

from sandbox import beds, deployment, manifests
from sandbox.beds import BARRED_ONE
from sandbox.google.inventory import GkeCluster
from sandbox.scenarios import workloads
from sandbox.scenarios.stage import Stage

NAMESPACE, READABLE = "ward", "readable"
"""Pull secrets may be read in the second."""
AUTOPILOT = "auto"
IMAGE = f"{deployment.IMAGES}/worker:v1"


async def scene(stage: Stage) -> None:
    """The nodes, on which nothing runs, the images, and the namespaces."""
    world = stage.world
    world.catalog.push(IMAGE)
    world.catalog.push(f"{deployment.IMAGES}/arm:v1", platforms=("linux/arm64", "linux/s390x"))
    world.policies.grant(f"serviceAccount:{BARRED_ONE}", deployment.READER, deployment.REPOSITORY)
    await beds.make(world)
    for namespace in (NAMESPACE, READABLE):
        await world.admin.create("namespaces", workloads.namespace(namespace))
    await manifests.add(world.admin, manifests.PULL_SECRETS, READABLE)
    (main,) = world.inventory.clusters
    world.inventory.clusters.append(
        GkeCluster(
            project=main.project,
            location=main.location,
            name=AUTOPILOT,
            endpoint=main.endpoint,
            ca_certificate=main.ca_certificate,
            fleet=main.fleet,
            autopilot=True,
        )
    )
