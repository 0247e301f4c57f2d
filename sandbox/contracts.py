"""What the sandbox's rooms expect of each other."""

from collections.abc import Mapping
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
        """Compute's word: RUNNING, STOPPED, …"""

    @property
    def last_start(self) -> str:
        """RFC 3339 time of the last start (a reset does not change it)."""

    async def reset(self) -> None:
        """Cut the power and start booting. Returns when the power is off; the boot goes on by itself."""
