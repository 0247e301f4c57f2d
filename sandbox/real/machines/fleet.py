"""A fleet of real machines."""

from pathlib import Path
from typing import Self

from sandbox.identities import Identities
from sandbox.kube.client import KubeClient
from sandbox.machines.fleet import Fleet
from sandbox.machines.hardware import Hardware
from sandbox.pace import Pace
from sandbox.real.machines.computer import Computer, Plant
from sandbox.real.machines.slot import Slot


class RealFleet(Fleet):
    """`open` one, and `stop` it in the end: then nothing of its machines is left on this host."""

    @classmethod
    async def open(
        cls,
        *,
        project: str,
        identities: Identities,
        pace: Pace,
        kube_url: str,
        ca: Path,
        registry_url: str,
        consoles: Path,
    ) -> Self:
        """`ca` vouches for the API server, both as one that kubelets ask and as one that asks them.

        What the machines' programs say is put into files in `consoles`, where it stays.
        """

        def connect(token: str) -> KubeClient:
            return KubeClient(url=kube_url, ca=ca, token=token)

        plant = Plant(
            slot=await Slot.take(),
            kube_url=kube_url,
            ca=ca,
            registry_url=registry_url,
            connect=connect,
            consoles=consoles,
        )
        return cls(project=project, identities=identities, pace=pace, connect=connect, workshop=RealWorkshop(plant))


class RealWorkshop:
    """Makes computers of parts of this host."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def computer(self, hardware: Hardware) -> Computer:
        return Computer(hardware, self._plant)

    async def close(self) -> None:
        await self._plant.slot.give_back()
