"""What the sandbox's rooms expect of each other."""

from collections.abc import Iterator, Mapping
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
    local_ssds: int
    regional_disks: tuple[str, ...]  # names of regional persistent disks that are attached
    labels: Mapping[str, str]

    @property
    def exists(self) -> bool:
        """False between the two lives of a machine that is being recreated."""

    @property
    def status(self) -> str:
        """Compute's word, such as RUNNING or TERMINATED."""

    @property
    def last_start(self) -> str:
        """RFC 3339 time of the last start (a reset does not change it)."""

    async def reset(self) -> None:
        """Cut the power and start booting. Returns when the power is off; the boot goes on by itself."""

    async def recreate(self) -> None:
        """Delete it, and make another one of the same name. Returns when that exists; its boot goes on by itself."""

    async def stop(self) -> None:
        """Shut it down. Returns when it is TERMINATED; nobody starts it again."""

    async def start(self) -> None:
        """Start it from its own disk. Returns when it is RUNNING; its boot goes on by itself."""


class Fleet(Protocol):
    """The machines of one cluster, as Compute and Container look them up."""

    def find(self, project: str, zone: str, name: str) -> Machine | None:
        """None where there is no such machine."""

    def __iter__(self) -> Iterator[Machine]:
        """Every machine, running or not."""
