"""What the sandbox's rooms expect of each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol


class Machine(Protocol):
    """One virtual machine, as the simulated Compute API sees it."""

    project: str
    zone: str
    name: str
    instance_id: int  # as Compute prints it; changes only when the machine is recreated
    pool: str
    service_account: str
    scopes: tuple[str, ...]
    spot: bool
    labels: Mapping[str, str]

    @property
    def status(self) -> str:
        """Compute's word, such as RUNNING or TERMINATED."""

    @property
    def last_start(self) -> str:
        """RFC 3339 time of the last start (a reset does not change it)."""

    async def reset(self) -> None:
        """Cut the power and start booting. Returns when the power is off; the boot goes on by itself."""


class Fleet(Protocol):
    """The machines of one cluster, as Compute and Container look them up."""

    def find(self, project: str, zone: str, name: str) -> Machine | None:
        """None where there is no such machine."""

    def __iter__(self) -> Iterator[Machine]:
        """Every machine, running or not."""


class Outage(Protocol):
    """From a machine's power-off to its node's next Ready; `ready_at` is None while that has not come."""

    off_at: datetime
    ready_at: datetime | None


class NodeMachine(Machine, Protocol):
    """A machine that is a node of the cluster, as stories move it and judges read its history."""

    boots: bool  # False: it never comes back after its next power-off
    heals: bool  # False: the token that it gets at a boot is worthless too
    boot_seconds: float  # simulated
    reset_count: int

    @property
    def outages(self) -> Sequence[Outage]:
        """The oldest first."""

    @property
    def is_stale(self) -> bool:
        """It holds a token, and the token names nobody."""

    async def power_on(self) -> None:
        """Start it; returns when its node is Ready. Does nothing where it runs."""

    async def recreate(self) -> None:
        """As a managed instance group does it: another instance of the same name, an empty disk, a new Node object."""

    def make_stale(self) -> None:
        """Revoke the token that it holds; it goes on using it until it boots."""

    def renew_token(self) -> None:
        """What the metadata server does by itself when a token nears its end."""


class NodeFleet(Protocol):
    """The machines of one cluster, as a world moves them."""

    def add(self, *, name: str, zone: str, pool: str, service_account: str) -> NodeMachine:
        """A machine that is still off."""

    def find(self, project: str, zone: str, name: str) -> NodeMachine | None:
        """None where there is no such machine."""

    def __getitem__(self, name: str) -> NodeMachine:
        """By name alone; KeyError where there is none."""

    def __iter__(self) -> Iterator[NodeMachine]:
        """Every machine, running or not."""

    async def power_on(self) -> None:
        """All of them; returns when every node is Ready."""

    async def stop(self) -> None:
        """Power everything off for good."""


class Registry(Protocol):
    """A registry on a port of its own, which can be switched off."""

    url: str

    async def up(self) -> None:
        """Begin to answer; harmless where it does already."""

    async def down(self) -> None:
        """Refuse connections from now on; harmless where it does already."""
