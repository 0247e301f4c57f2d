"""Every story, through the real functions in processes of their own, judged by the world."""

import asyncio

import pytest

from sandbox.judge import Check
from sandbox.scenarios import SCENARIOS
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.viewer.journal import Journal
from sandbox.world import running


@pytest.mark.parametrize("name", SCENARIOS)
def test_ends_as_it_should(name: str) -> None:
    journal = Journal()
    checks = asyncio.run(play(SCENARIOS[name], journal))
    story = "\n".join(f"{line.at:%X.%f} {line.kind:9} {line.text}" for line in journal.lines)
    assert checks
    assert all(check.holds for check in checks), "\n".join(("", *(check.line for check in checks), "", story))


async def play(scenario: Scenario, journal: Journal) -> tuple[Check, ...]:
    async with running(settings=scenario.settings) as world:
        world.logs.listeners.append(journal.logged)
        world.tap.listeners.append(journal.published)
        return await scenario.play(Stage(world=world, say=journal.say))


def test_two_worlds_live_side_by_side() -> None:
    """Ports, processes and files are each one's own."""

    async def both() -> None:
        async with running() as one, running() as other:
            urls = [{each.kube_url, each.registry.url, each.diagnose.url, each.refresh.url} for each in (one, other)]
            assert not urls[0] & urls[1]
            assert one.kubeconfig != other.kubeconfig
            one.fleet.add(name="node-1", zone="us-central1-a", pool="apps", service_account="nodes@acme")
            await one.fleet.power_on()
            assert [len(each.store.list("nodes")) for each in (one, other)] == [1, 0]

    asyncio.run(both())
