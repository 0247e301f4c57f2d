"""A small cluster in which a pod can't pull, because the nodes' account may not read: one cause, and its event."""

import base64
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sandbox import deployment, world
from sandbox.pubsub.tap import Published
from sandbox.scenarios import workloads
from sandbox.scenarios.stage import Stage
from sandbox.world import World

NAMESPACE = "bench"
REMEMBERED = {"REPULL_MEMORY_SECONDS": "600", "REPULL_MODE": "observe"}
"""As in production: the cause stays known for as long as the figures take. Nothing is to be remedied."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failing:
    """A running world, and the message that its sink published about the failure."""

    world: World
    stage: Stage
    message: Published

    @property
    def event_data(self) -> Mapping[str, Any]:
        """The message as functions-framework hands it on."""
        return {
            "message": {
                "data": base64.b64encode(self.message.data).decode(),
                "attributes": self.message.attributes,
                "messageId": self.message.message_id,
            }
        }

    @property
    def diagnoses(self) -> int:
        """How many were made to the end so far, whichever process made them: the last check asks for the grant."""
        return len(self.world.books.calls(api="troubleshooter", user=deployment.DIAGNOSE))


@asynccontextmanager
async def of_grants() -> AsyncIterator[Failing]:
    """Yields when the first diagnosis of the failure is made."""
    async with world.running(settings=REMEMBERED, python=sys.executable) as running:
        stage = Stage(world=running, say=lambda _: None)
        running.policies.revoke(f"serviceAccount:{deployment.NODES}", deployment.READER, deployment.REPOSITORY)
        running.catalog.push(f"{deployment.IMAGES}/api:v1")
        node = "gke-main-apps-1f0c-a1"
        running.fleet.add(name=node, zone="us-central1-a", pool="apps", service_account=deployment.NODES)
        await running.fleet.power_on()
        await running.admin.create("namespaces", workloads.namespace(NAMESPACE))
        image = f"{deployment.IMAGES}/api:v1"
        made = workloads.deployment("api", in_namespace=NAMESPACE, image=image, replicas=1)
        await running.admin.create("deployments", made)
        await stage.verdict("GRANT_MISSING")
        message = next(each for each in running.tap.messages if each.topic == deployment.EVENTS_TOPIC)
        yield Failing(world=running, stage=stage, message=message)
