"""A small world of ring 1 that stands for many stories: two nodes or a few more, with a pod each.

The product is called in the test's process; the simulators are asked over their real sockets. After each story
everything is put back.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from unittest import mock

from functions.settings import read_settings
from sandbox import deployment
from sandbox.rings import RINGS
from sandbox.scenarios import rights
from sandbox.scenarios.stage import Stage
from sandbox.world import World, running
from tests.background import Background
from tests.e2e import smallest
from tests.e2e.playing import EMBEDDED
from tests.proof.clock import Time
from tests.proof.preparing import prepare, runs
from tests.proof.scene import Scene
from tests.proof.scenes import RESET

RING = replace(RINGS[1], speed=100)
SWITCH = 0.0005
"""Seconds after which Python lets another thread go on: the product and the world take turns all the time."""
PATIENCE = 290.0
"""Seconds for what the world is asked to do: the machine may have a lot of other work. A test may take 300."""
EVENT_SECONDS = 30.0
"""A busy machine must not look like an API server that is silent about Events, which then come no more."""
DURATIONS = {
    "REPULL_HOLDER_SECONDS": "60",
    "REPULL_PROBE_SECONDS": "300",
    "REPULL_DRAIN_SECONDS": "600",
    "REPULL_LB_DRAIN_SECONDS": "0.05",
    "REPULL_STOP_SECONDS": "600",
    "REPULL_BOOT_SECONDS": "600",
    "REPULL_READY_SECONDS": "600",
    "REPULL_EVICT_RETRY_SECONDS": "0.1",
}
"""A phase outlasts two holders that fell silent in it, as in production."""


class Laboratory:
    """Its methods are called from outside the loop's thread."""

    def __init__(self, background: Background, stage: Stage, time: Time, scene: Scene) -> None:
        self.background = background
        self.stage = stage
        self.world: World = stage.world
        self.time = time
        self._opened_with = dict(self.world.refresh.environ)
        self.standing = AsyncExitStack()
        self.become(scene)
        self.token = self.world.identities.issue(deployment.REFRESH)

    def become(self, scene: Scene) -> None:
        """From the next preparation on it plays this one, whose settings are added to those that it was opened with."""
        self.scene = scene
        self.world.refresh.environ = self._usual
        self.deployed()

    def deployed(self) -> None:
        """The next process has the settings that the function is deployed with by now."""
        self.settings = read_settings(self.world.refresh.environ)

    @property
    def _usual(self) -> dict[str, str]:
        return self._opened_with | dict(self.scene.settings)

    def prepare(self) -> None:
        """Everything runs, nothing is left of the story before, and what the scene wants is done to its machines."""
        if self.world.refresh.environ != self._usual:  # somebody has deployed others
            self.become(self.scene)
        self.background.run(prepare(self.stage, self.scene, self.standing), within=PATIENCE)

    def clear(self) -> None:
        """Take away what stands in the way."""
        self.background.run(self.standing.aclose(), within=PATIENCE)

    def is_about_to_cordon(self) -> bool:
        """Whether the only slot says Cordon, of the only refresh."""
        statuses = [each.get("status") or {} for each in self.world.view.list("noderefreshes")]
        return [slot.get("phase") for each in statuses for slot in each.get("slots") or ()] == ["Cordon"]

    def until_quiet(self) -> bool:
        """Whether, soon, every node is Ready and every pod runs."""
        return self.background.run(
            self.stage.until(lambda: runs(self.stage, self.scene), "every node Ready and every pod READY"),
            within=PATIENCE,
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
    """It stands once everything runs."""
    time = Time()
    with (
        _turns(),
        time.everywhere(),
        mock.patch("sandbox.machines.imagemanager.FIRST_BACKOFF", scene.backoff),
        mock.patch("functions.adapters.kube_events.SECONDS", EVENT_SECONDS),
        Background() as background,
        background.keeping(_opened(scene), within=PATIENCE) as stage,
    ):
        here = Laboratory(background, stage, time, scene)
        yield here
        here.clear()


@asynccontextmanager
async def _opened(scene: Scene) -> AsyncIterator[Stage]:
    given = DURATIONS | dict(scene.settings)
    async with running(ring=RING, settings=given, environ=EMBEDDED, functions=False) as world:
        stage = Stage(world=world, say=print)
        await rights.let_scale(stage)
        await smallest.everything_runs(stage, scene.nodes, scene.pools)
        yield stage
