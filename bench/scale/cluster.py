"""A cluster of any size on ring 2: a real control plane with a crowd in it, and a meter between it and the product."""

import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

from starlette.types import ASGIApp

from bench.scale.crowd import Crowd
from bench.scale.traffic import Meter
from functions.settings import Settings, variable
from sandbox import world
from sandbox.endpoint import Endpoint
from sandbox.foundation import Foundation
from sandbox.kube import kubeconfig
from sandbox.real.controlplane import ControlPlane
from sandbox.real.flags import PRODUCTION, Timing
from sandbox.real.ground import RealControlPlane
from sandbox.real.kwok import kwok
from sandbox.rings import RINGS
from sandbox.scenarios import workloads
from sandbox.scenarios.stage import Stage
from sandbox.world import World

NAMESPACE = "bench"
_SETTINGS = {
    # As in production, however fast the machines: nothing is given up because this one is busy.
    **{variable(field.name): f"{field.default:g}" for field in fields(Settings) if field.name.endswith("_seconds")},
    "REPULL_LB_DRAIN_SECONDS": "0",  # asked for by a setting; it is nothing but waiting
}
_ENVIRON = {"SANDBOX_PUBSUB": "embedded"}  # the emulator pushes two messages at a time, and Pub/Sub many
_LEASE_SECONDS = 400
"""Of KWOK's nodes: five hundred heartbeats in a second would be all that two cores do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Large:
    """A running world, and what has passed between its functions and the API server."""

    world: World
    meter: Meter
    stage: Stage
    say: Callable[[str], None]


@asynccontextmanager
async def running(
    crowd: Crowd,
    *,
    speed: float,
    say: Callable[[str], None],
    settings: Mapping[str, str] | None = None,
    garbage_percent: int = PRODUCTION.garbage_percent,
) -> AsyncIterator[Large]:
    """There is no machine yet, but the crowd is complete. Machines run `speed` times faster than real ones.

    `settings` go before those of production; `garbage_percent` is the GOGC of the control plane's programs.
    """
    timing = Timing(node_monitor_grace=_LEASE_SECONDS, garbage_percent=garbage_percent)
    ground = _Ground(crowd, timing, say)
    ring = replace(RINGS[2], ground=lambda: ground, speed=speed, queue_speed=1)
    async with world.running(
        ring=ring, settings=_SETTINGS | dict(settings or {}), environ=_ENVIRON, python=sys.executable
    ) as started:
        yield Large(world=started, meter=ground.meter, stage=Stage(world=started, say=say), say=say)


def through_the_gate(large: Large) -> Path:
    """The administrator's kubeconfig, by the functions' way to the API server."""
    found = large.world.cluster
    token = json.loads(found.kubeconfig.read_text())["users"][0]["user"]["token"]
    path = found.kubeconfig.with_name("through-the-gate")
    return kubeconfig.write(path, url=found.front.url, ca=found.front.ca, token=token)


class _Ground(RealControlPlane):
    """The view is kept to what the figures need: copies of 150,000 pods would be the largest thing on the machine."""

    viewed = ("noderefreshes", "deployments")

    def __init__(self, crowd: Crowd, timing: Timing, say: Callable[[str], None]) -> None:
        self.timing = timing
        self._crowd = crowd
        self._say = say
        self.meter = Meter()

    async def furnish(self, foundation: Foundation, plane: ControlPlane) -> None:
        admin = foundation.connect(Endpoint(url=plane.url, ca=plane.ca), plane.admin_token)
        await admin.create("namespaces", workloads.namespace(NAMESPACE))
        if self._crowd.nodes:
            await self._crowd.gather(admin, plane.etcd, self._say)
            directory = foundation.directory / "kwok"
            directory.mkdir()
            await foundation.stack.enter_async_context(kwok(directory, plane, lease_seconds=_LEASE_SECONDS))
            await self._crowd.is_kept(admin)
            self._say(f"  a crowd of {self._crowd.nodes:,} nodes is there")

    def facing(self, foundation: Foundation, app: ASGIApp) -> ASGIApp:
        return self.meter.before(app, foundation.identities)
