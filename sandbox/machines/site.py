"""Where a machine stands, and what is in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sandbox.identities import Identities
from sandbox.kube.client import KubeClient
from sandbox.pace import Pace


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """What all machines of a fleet have in common."""

    identities: Identities
    pace: Pace
    connect: Callable[[str], KubeClient]  # a client of the API server, by bearer token


class Computer(Protocol):
    """What is in the machine: a disk, and the programs that make it a node."""

    def hold(self, token: str) -> None:
        """The access token that its metadata server answers with from now on."""

    async def run(self, *, identity: str, boot_id: str, on_ready: Callable[[], None]) -> None:
        """Be a node, with `identity` as the kubelet's own token, until cancelled: nothing of it runs then."""

    async def wipe(self) -> None:
        """An empty disk, and another machine id. Only while nothing of it runs."""
