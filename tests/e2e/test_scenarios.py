"""Every story, through the real functions in processes of their own, judged by the world."""

import asyncio

import pytest

from sandbox.pubsub.emulator import launcher
from sandbox.scenarios import SCENARIOS, STORIES
from sandbox.world import World, running
from tests.again import again
from tests.e2e.playing import EMBEDDED, assert_ends_well
from tests.proof.scenes import SCENES
from tests.rings import rings

ON_REAL_MACHINES = (
    "stale-nodes",
    "recovers-by-retry",
    "missing-image",
    "foreign-cordon",
    "registry-outage",
    "never-boots",
)
"""What tells something new about machines. The others' machines do nothing that these have not done."""

TO_BEGIN_WITH = ("stale-nodes", "drain-blocked", "two-at-once", "recreated", "scaled-to-zero")
"""A control plane answers to each in a way of its own: to what is evicted, refused, fenced, deleted and scaled."""

ON_RING_1_ALONE = ("elimination-ask", "aborted", "refresh-deleted", "lb-drain")
"""What asks nothing of a control plane that the others have not asked."""


@pytest.mark.parametrize("name", again(STORIES, but=[name for name in STORIES if name not in SCENES]))
@pytest.mark.timeout(600)
def test_ends_as_it_should(name: str) -> None:
    """Those that tests/proof plays too, with deaths in them, are left to `make test WHOLE=1`."""
    scenario = SCENARIOS[name]
    assert_ends_well(scenario.play, settings=scenario.settings)


@pytest.mark.parametrize("name", again((name for name in STORIES if name not in ON_RING_1_ALONE), but=TO_BEGIN_WITH))
@pytest.mark.parametrize("ring", rings(2))
@pytest.mark.timeout(600)
def test_ends_as_it_should_on_a_real_control_plane(name: str, ring: int) -> None:
    scenario = SCENARIOS[name]
    assert_ends_well(scenario.play, ring=ring, settings=scenario.settings)


def test_an_obstacle_ends_it_as_it_should() -> None:
    """The others differ only in what is in the way, and all of them are tried in tests/proof/test_guards.py."""
    scenario = SCENARIOS["no-room"]
    assert_ends_well(scenario.play, settings=scenario.settings)


@pytest.mark.parametrize("name", ON_REAL_MACHINES)
@pytest.mark.parametrize("ring", rings(3))
@pytest.mark.timeout(600)
def test_ends_as_it_should_on_real_machines(name: str, ring: int) -> None:
    scenario = SCENARIOS[name]
    assert_ends_well(scenario.play, ring=ring, settings=scenario.settings)


@pytest.mark.emulator
@pytest.mark.skipif(launcher() is None, reason="gcloud has no Pub/Sub emulator, or there is no Java")
def test_ends_so_with_the_real_emulator_too() -> None:
    assert_ends_well(SCENARIOS["stale-nodes"].play, environ={"SANDBOX_PUBSUB": "emulator"})


def test_two_worlds_live_side_by_side() -> None:
    """Ports, processes and files are each one's own."""

    async def both() -> None:
        async with running(environ=EMBEDDED) as one, running(environ=EMBEDDED) as other:
            assert not urls(one) & urls(other)
            assert one.cluster.kubeconfig != other.cluster.kubeconfig
            one.fleet.add(name="node-1", zone="us-central1-a", pool="apps", service_account="nodes@acme")
            await one.fleet.power_on()
            assert [len(each.view.list("nodes")) for each in (one, other)] == [1, 0]

    asyncio.run(both())


def urls(world: World) -> set[str]:
    return {world.cluster.api.url, world.registry.url, world.diagnose.url, world.refresh.url}
