"""Simulated computers: ring 1's containerd and kubelet, which are ordinary clients of a registry and an API server."""

import uuid
from collections.abc import Callable

import httpx

from sandbox.identities import Identities
from sandbox.kube.client import KubeClient
from sandbox.machines.boot import Boot
from sandbox.machines.broadcaster import Broadcaster
from sandbox.machines.containerd import Containerd
from sandbox.machines.fleet import Fleet
from sandbox.machines.hardware import Hardware
from sandbox.machines.kubelet import Kubelet
from sandbox.machines.kubeletserver import KubeletServer
from sandbox.pace import Pace
from sandbox.recorder import Recorder

HEARTBEAT = 10.0  # simulated seconds
LEAST_HEARTBEAT = 0.25  # real seconds …
HEARTBEAT_SHARE = 0.01  # … and at least so many of them for each machine: a large fleet must not drown the loop


class SimulatedWorkshop:
    """What simulated computers share."""

    def __init__(self, *, pace: Pace, registry_url: str, connect: Callable[[str], KubeClient]) -> None:
        self.pace = pace
        self.registry_url = registry_url
        self.connect = connect
        self.http = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=None))
        self.server = KubeletServer()
        self._made = 0

    def computer(self, hardware: Hardware) -> "SimulatedComputer":
        self._made += 1
        return SimulatedComputer(hardware, self)

    async def close(self) -> None:
        await self.http.aclose()

    def heartbeat_seconds(self) -> float:
        return max(self.pace.real(HEARTBEAT), LEAST_HEARTBEAT, HEARTBEAT_SHARE * self._made)


class SimulatedComputer:
    """Its disk is a few dictionaries; with the power off, its kubelet is a task that was cancelled."""

    def __init__(self, hardware: Hardware, workshop: SimulatedWorkshop) -> None:
        self._hardware = hardware
        self._workshop = workshop
        self._token: str | None = None
        self._empty_disk()

    def hold(self, token: str) -> None:
        self._token = token

    async def wipe(self) -> None:
        self._empty_disk()

    async def run(self, *, identity: str, boot_id: str, on_ready: Callable[[], None]) -> None:
        client, pace = self._workshop.connect(identity), self._workshop.pace
        boot = Boot(
            hardware=self._hardware,
            boot_id=boot_id,
            machine_id=self._machine_id,
            client=client,
            events=Broadcaster(Recorder(client=client, pace=pace, component="kubelet", host=self._hardware.name)),
            containerd=self._containerd,
            server=self._workshop.server,
            pace=pace,
            heartbeat_seconds=self._workshop.heartbeat_seconds,
            on_ready=on_ready,
        )
        try:
            await Kubelet(boot).run()
        finally:
            await client.close()
            self._containerd.logs.end_all()

    def _empty_disk(self) -> None:
        self._machine_id = uuid.uuid4().hex
        self._containerd = Containerd(
            http=self._workshop.http,
            registry_url=self._workshop.registry_url,
            token=lambda: self._token,
            architecture=self._hardware.architecture,
        )


class SimulatedFleet(Fleet):
    """Machines that live in the event loop."""

    def __init__(
        self,
        *,
        project: str,
        identities: Identities,
        pace: Pace,
        registry_url: str,
        connect: Callable[[str], KubeClient],
    ) -> None:
        workshop = SimulatedWorkshop(pace=pace, registry_url=registry_url, connect=connect)
        super().__init__(project=project, identities=identities, pace=pace, connect=connect, workshop=workshop)
