"""How a lab comes to be, and how what was in it goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.contract.machines.ground import PROJECT, Ground
from tests.contract.machines.lab import LINES, NODES, Lab, until

READER = "roles/artifactregistry.reader"


@asynccontextmanager
async def open_lab(ground: Ground) -> AsyncIterator[Lab]:
    """A namespace in which pods can be made; what was in it is gone afterwards."""
    lab = Lab(ground=ground, namespace="default", repository="apps")
    if ground.ring > 1:
        lab.namespace = lab.repository = f"ring{ground.ring}-lab-{next(ground.numbers)}"
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": lab.namespace}}
        await lab.client.create("namespaces", namespace)
    repository = f"projects/{PROJECT}/locations/us-central1/repositories/{lab.repository}"
    ground.policies.grant(f"serviceAccount:{NODES}", READER, repository)
    lab.push(log_lines=LINES)
    await until(lambda: lab.get("serviceaccounts", "default"))
    try:
        yield lab
    finally:
        ground.faults.clear()
        await ground.registry.up()
        if ground.ring > 1:
            await _clear(lab)


async def _clear(lab: Lab) -> None:
    if lab.ring == 2:
        for machine in lab.machines:
            await machine.power_off()
            if await lab.get("nodes", machine.name, ""):
                await lab.client.delete("nodes", machine.name)
    else:
        await asyncio.gather(*(machine.power_on() for machine in lab.machines))
    for pod in await lab.pods():
        await lab.delete(pod["metadata"]["name"], grace=1 if lab.ring == 3 else 0)
    await lab.client.delete("namespaces", lab.namespace)

    async def is_empty() -> bool:
        return not await lab.pods()

    await until(is_empty)
