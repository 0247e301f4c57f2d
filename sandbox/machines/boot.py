"""What one start of a machine gives to the kubelet that runs on it, and the patience that its API calls need."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from sandbox.kube.client import ApiError, KubeClient
from sandbox.machines.broadcaster import Broadcaster
from sandbox.machines.containerd import Containerd
from sandbox.machines.hardware import Hardware
from sandbox.machines.kubeletserver import KubeletServer
from sandbox.pace import Pace

LEAST_RETRY = 0.05  # real seconds between two tries at an API that fails

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """Everything in it ends with the power, but for the disk behind `containerd`."""

    hardware: Hardware
    boot_id: str
    machine_id: str
    client: KubeClient
    events: Broadcaster
    containerd: Containerd
    server: KubeletServer
    pace: Pace
    heartbeat_seconds: Callable[[], float]  # real seconds between two renewals of the lease
    on_ready: Callable[[], None]

    @property
    def node_name(self) -> str:
        return self.hardware.name

    async def sleep(self, simulated_seconds: float) -> None:
        await asyncio.sleep(self.pace.real(simulated_seconds))

    async def pause(self) -> None:
        """Between two tries."""
        await asyncio.sleep(max(self.pace.real(1), LEAST_RETRY))

    async def insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Until it succeeds: a kubelet has nobody to tell that the API is away."""
        while True:
            try:
                return await call()
            except ApiError:
                await self.pause()
