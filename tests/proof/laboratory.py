"""A small world of ring 1 that stands for many stories: two nodes or a few more, with a pod each.

The product is called in the test's process; the simulators are asked over their real sockets. After each story
everything is put back.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from functions.settings import Settings
from sandbox import deployment
from sandbox.kube.client import ApiError
from sandbox.machines.machine import Machine
from sandbox.objects.conditions import is_true
from sandbox.objects.kinds import name_of, namespace_of
from sandbox.objects.pods import is_active, is_ready, node_of
from sandbox.rings import RINGS
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from sandbox.world import World, running
from tests.background import Background
from tests.e2e import smallest
from tests.e2e.playing import EMBEDDED
from tests.proof.clock import Time
from tests.proof.scenes import RESET, Scene

RING = replace(RINGS[1], speed=100)
SWITCH = 0.0005
"""Seconds after which Python lets another thread go on: the product and the world take turns all the time."""
PATIENCE = 300.0
"""Seconds for what the world is asked to do: the machine may have a lot of other work."""
BOOT = 5.0
"""Simulated seconds."""
DURATIONS = {
    "REPULL_HOLDER_SECONDS": "60",
    "REPULL_PROBE_SECONDS": "60",
    "REPULL_DRAIN_SECONDS": "120",
    "REPULL_LB_DRAIN_SECONDS": "0.05",
    "REPULL_BOOT_SECONDS": "300",
    "REPULL_READY_SECONDS": "120",
    "REPULL_EVICT_RETRY_SECONDS": "0.1",
}


class Laboratory:
    """Its methods are called from outside the loop's thread."""

    def __init__(self, background: Background, stage: Stage, time: Time, scene: Scene) -> None:
        self.background = background
        self.stage = stage
        self.world: World = stage.world
        self.time = time
        self.scene = scene
        self.settings = Settings.from_environ(self.world.refresh.environ)
        self.token = self.world.identities.issue(deployment.REFRESH)

    def prepare(self) -> None:
        """Everything runs, nothing is left of the story before, and what the scene wants is done to its machines."""
        self.background.run(self._prepare(), within=PATIENCE)

    def until_quiet(self) -> bool:
        """Whether, soon, every node is Ready and every pod runs."""
        return self.background.run(
            self.stage.until(self._runs, "every node Ready and every pod READY", seconds=10), within=PATIENCE
        )

    async def _prepare(self) -> None:
        world = self.world
        world.faults.clear()
        world.inventory.stopped.clear()
        for plural in ("noderefreshes", "events"):
            for each in world.view.list(plural):
                await world.admin.delete(plural, name_of(each), namespace_of(each), grace=0)
        for plural in ("pods", "configmaps", "leases"):
            for each in world.view.list(plural, "repull"):
                await world.admin.delete(plural, name_of(each), "repull", grace=0)
        for budget in world.view.list("poddisruptionbudgets"):
            await world.admin.delete("poddisruptionbudgets", name_of(budget), namespace_of(budget))
        known = {name_of(each) for each in world.view.list("nodes")}
        for machine in world.fleet:
            await _put_back(machine, known=machine.name in known)
        for node in world.view.list("nodes"):
            await world.admin.patch("nodes", name_of(node), _bare(node))
        assert await self._becomes_spread()
        for name in self.scene.ails:
            self.scene.before(world.fleet[name])
        world.books._calls.clear()

    async def _becomes_spread(self) -> bool:
        """Whether every node has a pod, READY. The scheduler may have to be asked again, as once a node came late."""
        for seconds in (5, 5, 20, 60, 200):
            for pod in self.world.view.list("pods", runbook.NAMESPACE):
                with suppress(ApiError):  # its controller was faster
                    await self.world.admin.delete("pods", name_of(pod), runbook.NAMESPACE, grace=0)
            if await self.stage.until(self._spread, "a pod on each node, READY", seconds=seconds):
                return True
        return False

    def _runs(self) -> bool:
        nodes = self.world.view.list("nodes")
        pods = [pod for pod in self.world.view.list("pods", runbook.NAMESPACE) if is_active(pod)]
        ready = all(is_true(node, "Ready") for node in nodes) and len(nodes) == len(self.world.fleet)
        return ready and len(pods) == len(self.scene.nodes) and all(map(is_ready, pods))

    def _spread(self) -> bool:
        pods = self.world.view.list("pods", runbook.NAMESPACE)
        return self._runs() and {node_of(pod) for pod in pods} == set(self.scene.nodes)


async def _put_back(machine: Machine, *, known: bool) -> None:
    """It runs, has a node, and can pull; and nobody remembers what was done to it."""
    machine.boots = machine.heals = machine.replacement_heals = True
    machine.boot_seconds = BOOT
    if not known or machine.status != "RUNNING" or (machine.outages and machine.outages[-1].ready_at is None):
        await machine.power_off()
        await machine.power_on()
    machine.reset_count = machine.recreate_count = machine.stop_count = machine.start_count = 0
    machine.outages.clear()
    machine.renew_token()


def _bare(node: dict[str, object]) -> dict[str, object]:
    """The patch that takes off what a story has left."""
    metadata = node["metadata"]
    assert isinstance(metadata, dict)
    ours = {
        part: dict.fromkeys(key for key in metadata.get(part) or {} if "repull.dev/" in key or key in _WITH_A_CORDON)
        for part in ("labels", "annotations")
    }
    return {"metadata": ours, "spec": {"unschedulable": None, "taints": None}}


_WITH_A_CORDON = (
    "cluster-autoscaler.kubernetes.io/scale-down-disabled",
    "node.kubernetes.io/exclude-from-external-load-balancers",
)


@contextmanager
def _turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def laboratory(scene: Scene = RESET) -> Iterator[Laboratory]:
    """Opens the world in a task of its own, which also closes it."""
    time = Time()
    with _turns(), time.everywhere(), Background() as background:
        opened: asyncio.Future[Stage] = background.loop.create_future()
        closing = asyncio.Event()

        async def live() -> None:
            try:
                given = DURATIONS | dict(scene.settings)
                async with running(ring=RING, settings=given, environ=EMBEDDED, functions=False) as world:
                    stage = Stage(world=world, say=print)
                    await smallest.everything_runs(stage, scene.nodes)
                    for machine in world.fleet:
                        machine.boot_seconds = BOOT
                    opened.set_result(stage)
                    await closing.wait()
            except BaseException as error:
                if not opened.done():
                    opened.set_exception(error)
                raise

        async def begin() -> tuple[asyncio.Task[None], Stage]:
            task = asyncio.create_task(live())
            return task, await opened

        async def end(task: asyncio.Task[None]) -> None:
            closing.set()
            await task

        task, stage = background.run(begin(), within=PATIENCE)
        try:
            yield Laboratory(background, stage, time, scene)
        finally:
            background.run(end(task))
