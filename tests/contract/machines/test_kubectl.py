"""What people see with the real kubectl."""

import asyncio

import pytest

from tests.contract.machines.lab import LINES, Lab, backs_off, is_ready, until

pytestmark = pytest.mark.kubectl


async def kubectl(lab: Lab, *arguments: str) -> str:
    """What it prints; its own complaint where it fails."""
    ground = lab.ground
    if ground.kubectl is None:
        pytest.skip("kubectl is not installed")
    command = await asyncio.create_subprocess_exec(
        ground.kubectl,
        f"--namespace={lab.namespace}",
        *arguments,
        env={"KUBECONFIG": str(ground.kubeconfig), "HOME": str(ground.kubeconfig.parent)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await command.communicate()
    finally:
        if command.returncode is None:
            command.kill()
            await command.wait()
    assert command.returncode == 0, said.decode()
    return said.decode()


async def test_a_pod_that_runs(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)

    async def has_spoken() -> bool:
        return await kubectl(lab, "logs", "pod") == "".join(f"{line}\n" for line in LINES)

    await until(has_spoken)
    (_, row) = (await kubectl(lab, "get", "pods")).splitlines()
    assert row.split()[:4] == ["pod", "1/1", "Running", "0"]
    described = await kubectl(lab, "describe", "pod", "pod")
    assert "Successfully pulled image" in described
    assert "Started container app" in described


async def test_a_pod_that_cannot_pull(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)
    await lab.pod_when("pod", backs_off)

    async def is_shown() -> bool:
        (_, row) = (await kubectl(lab, "get", "pods")).splitlines()
        return row.split()[:3] in (["pod", "0/1", "ImagePullBackOff"], ["pod", "0/1", "ErrImagePull"])

    await until(is_shown)
    assert "401 Unauthorized" in await kubectl(lab, "describe", "pod", "pod")
    (_, row) = (await kubectl(lab, "get", "node", machine.name)).splitlines()
    assert row.split()[:2] == [machine.name, "Ready"]
