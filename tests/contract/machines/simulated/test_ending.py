"""What the end of a story says of the machines."""

import asyncio

from sandbox.viewer import ending
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.states import boot_id, is_open


async def test_each_machine_is_told_by_what_became_of_it_in_whatever_way(lab: Lab) -> None:
    fleet = lab.ground.fleet
    reset, stopped, recreated, lost, removed, spared = [await lab.machine() for _ in range(6)]
    before = {each.name: boot_id(await lab.node_when(each.name, is_open)) for each in (reset, stopped, recreated)}
    lost.boots = False
    await reset.reset()
    await stopped.stop()
    await stopped.start()
    await recreated.recreate()
    await lost.recreate()
    await fleet.remove(removed.name)
    new = fleet.add_another(spared.hardware)
    for name in before:
        await lab.node_when(name, lambda node: boot_id(node) not in before.values() and is_open(node))

    async def are_back() -> bool:
        """A kubelet knows it only once its report has been answered."""
        return all(machine.outages[-1].ready_at for machine in (reset, stopped, recreated))

    await until(are_back)
    assert list(ending.renewed_and_spared(fleet)) == [
        f"renewed: {reset.name}, {stopped.name}, {recreated.name}",
        f"renewed, and not back: {lost.name}",
        f"removed: {removed.name}",
        f"new:     {new.name}",
        f"spared:  {spared.name}",
    ]


async def test_a_machine_that_is_stopping_still_is_not_back(lab: Lab) -> None:
    machine = await lab.machine()
    machine.stops = False
    async with asyncio.TaskGroup() as group:
        group.create_task(machine.stop())
        await asyncio.sleep(0)

        assert list(ending.renewed_and_spared(lab.ground.fleet)) == [
            "renewed: none",
            f"renewed, and not back: {machine.name}",
            "spared:  none",
        ]
        machine.stops = True
