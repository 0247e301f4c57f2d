"""The machines of one cluster."""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Protocol

from sandbox.identities import Identities
from sandbox.kube import times
from sandbox.kube.client import KubeClient
from sandbox.machines.hardware import CLOUD_PLATFORM, Hardware
from sandbox.machines.machine import Machine
from sandbox.machines.site import Computer, Site
from sandbox.pace import Pace


class Workshop(Protocol):
    """Where computers come from: it decides what the machines of a fleet are made of."""

    def computer(self, hardware: Hardware) -> Computer:
        """A new one, with an empty disk."""

    async def close(self) -> None:
        """When every machine is off: give back what they shared."""


class Fleet:
    """Creates machines and looks them up. `connect` gives a client of the API server for a bearer token."""

    def __init__(
        self,
        *,
        project: str,
        identities: Identities,
        pace: Pace,
        connect: Callable[[str], KubeClient],
        workshop: Workshop,
    ) -> None:
        self.project = project
        self._machines: dict[tuple[str, str], Machine] = {}
        self._numbers = count(1)
        self.removed: dict[str, datetime] = {}  # by name: machines that are gone for good, and since when
        self.added: set[str] = set()  # by name: machines that a group has made since
        self._site = Site(identities=identities, pace=pace, connect=connect)
        self._workshop = workshop

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
            number=next(self._numbers),
        )
        return self._make(hardware)

    def add_another(self, alike: Hardware) -> Machine:
        """Under a name of its own, as a group names its machines; it boots."""
        name = f"{alike.name.rpartition('-')[0]}-{secrets.token_hex(2)}"
        machine = self._make(replace(alike, name=name, number=next(self._numbers)))
        self.added.add(name)
        machine.boot()
        return machine

    def _make(self, hardware: Hardware) -> Machine:
        made = Machine(hardware, self._workshop.computer(hardware), self._site)
        self._machines[hardware.zone, hardware.name] = made
        return made

    async def remove(self, name: str) -> None:
        """A machine that nobody needs any more, and then its Node."""
        machine = self[name]
        await machine.vanish()
        del self._machines[machine.zone, name]
        self.removed[name] = times.now()
        await machine.delete_node()

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
        await self._workshop.close()
