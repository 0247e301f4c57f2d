"""The machines of one cluster."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import httpx

from sandbox.identities import Identities
from sandbox.kube.client import KubeClient
from sandbox.machines.hardware import CLOUD_PLATFORM, Hardware
from sandbox.machines.kubeletserver import KubeletServer
from sandbox.machines.machine import Machine, Site
from sandbox.pace import Pace

HEARTBEAT = 10.0  # simulated seconds
LEAST_HEARTBEAT = 0.25  # real seconds …
HEARTBEAT_SHARE = 0.01  # … and at least so many of them for each machine: a large fleet must not drown the loop


class Fleet:
    """Creates machines and looks them up. `connect` gives a client of the API server for a bearer token."""

    def __init__(
        self,
        *,
        project: str,
        identities: Identities,
        pace: Pace,
        registry_url: str,
        connect: Callable[[str], KubeClient],
    ) -> None:
        self.project = project
        self._pace = pace
        self._machines: dict[tuple[str, str], Machine] = {}
        self._http = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=None))
        self._site = Site(
            identities=identities,
            pace=pace,
            http=self._http,
            registry_url=registry_url,
            connect=connect,
            server=KubeletServer(),
            heartbeat_seconds=self._heartbeat_seconds,
        )

    def add(
        self,
        *,
        name: str,
        zone: str,
        pool: str,
        service_account: str,
        scopes: tuple[str, ...] = (CLOUD_PLATFORM,),
        spot: bool = False,
        cpu: str = "4",
        memory: str = "16Gi",
        pods: int = 110,
        architecture: str = "amd64",
        node_labels: Mapping[str, str] | None = None,
        node_taints: tuple[Mapping[str, str], ...] = (),
    ) -> Machine:
        """A machine that is still off."""
        hardware = Hardware(
            project=self.project,
            zone=zone,
            name=name,
            pool=pool,
            service_account=service_account,
            scopes=scopes,
            spot=spot,
            cpu=cpu,
            memory=memory,
            pods=pods,
            architecture=architecture,
            node_labels=dict(node_labels or {}),
            node_taints=node_taints,
            number=len(self._machines) + 1,
        )
        machine = self._machines[zone, name] = Machine(hardware, self._site)
        return machine

    def find(self, project: str, zone: str, name: str) -> Machine | None:
        return self._machines.get((zone, name)) if project == self.project else None

    def __getitem__(self, name: str) -> Machine:
        """By name alone; KeyError where there is none."""
        for machine in self:
            if machine.name == name:
                return machine
        raise KeyError(name)

    def __iter__(self) -> Iterator[Machine]:
        return iter(tuple(self._machines.values()))

    def __len__(self) -> int:
        return len(self._machines)

    async def power_on(self) -> None:
        """All of them; returns when every node is Ready."""
        await asyncio.gather(*(machine.power_on() for machine in self))

    async def stop(self) -> None:
        """Power everything off, and close what the machines shared."""
        await asyncio.gather(*(machine.power_off() for machine in self))
        await self._http.aclose()

    def _heartbeat_seconds(self) -> float:
        return max(self._pace.real(HEARTBEAT), LEAST_HEARTBEAT, HEARTBEAT_SHARE * len(self._machines))
