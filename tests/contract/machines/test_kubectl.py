"""What people see with the real kubectl."""

import pytest

from tests.contract.machines.lab import LINES, Lab, until
from tests.contract.machines.states import backs_off, is_ready

pytestmark = pytest.mark.kubectl


async def test_a_pod_that_runs(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)

    async def has_spoken() -> bool:
        return await lab.kubectl("logs", "pod") == "".join(f"{line}\n" for line in LINES)

    await until(has_spoken)
    (_, row) = (await lab.kubectl("get", "pods")).splitlines()
    assert row.split()[:4] == ["pod", "1/1", "Running", "0"]
    described = await lab.kubectl("describe", "pod", "pod")
    assert "Successfully pulled image" in described
    assert "Started container app" in described


async def test_a_pod_that_cannot_pull(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)
    await lab.pod_when("pod", backs_off)

    async def is_shown() -> bool:
        (_, row) = (await lab.kubectl("get", "pods")).splitlines()
        return row.split()[:3] in (["pod", "0/1", "ImagePullBackOff"], ["pod", "0/1", "ErrImagePull"])

    await until(is_shown)
    assert "401 Unauthorized" in await lab.kubectl("describe", "pod", "pod")
    (_, row) = (await lab.kubectl("get", "node", machine.name)).splitlines()
    assert row.split()[:2] == [machine.name, "Ready"]
