"""A numbered place on this host for one fleet's machines: a directory, cgroups and addresses that no other fleet has.

Who holds a slot has its directory locked, and the kernel unlocks that whatever the holder dies of. So a slot that is
there and not locked was left behind, and is cleared by whoever comes next.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Self

from sandbox.breakdown import Breakdown
from sandbox.real.machines.cgroups import Cgroup

PLACE = Path("/var/lib/repull-machines")  # on a disk whose files may be executed, unlike /run's on many hosts
# RFC 2544 keeps these for tests of networks, so they hide nobody's.
_NETWORKS = tuple(IPv4Network("198.18.0.0/15").subnets(new_prefix=18))
_MACHINES_PREFIX = 25  # enough for as many pods as GKE puts on a node
_LOOK_AGAIN = 0.05
_PATIENCE = 60.0


class Full(Breakdown):
    """No slot is free, or a slot has no room for another machine."""

    remedy = "end one of the other sandboxes, or add fewer machines"


class Slot:
    """Have one by `take`, and `give_back` what was taken."""

    def __init__(self, number: int, lock: int) -> None:
        self.directory = PLACE / str(number)
        self._lock: int | None = lock
        self._cgroup = Cgroup(f"repull-{number}")
        self._network = _NETWORKS[number]

    @classmethod
    async def take(cls) -> Self:
        """The first that nobody holds. What the dead have left in it, and in others, is cleared.

        Raises Full.
        """
        taken: Self | None = None
        with contextlib.ExitStack() as on_failure:
            for number in range(len(_NETWORKS)):
                if taken and not (PLACE / str(number)).exists():
                    continue
                lock = _lock(PLACE / str(number))
                if lock is None:
                    continue
                found = cls(number, lock)
                on_failure.callback(found._unlock)
                await found._clear()
                if taken is None:
                    taken = found
                else:
                    found._close()
            on_failure.pop_all()
        if taken is None:
            raise Full(f"{len(_NETWORKS)} fleets of machines run on this host: see {PLACE}")
        return taken

    async def give_back(self) -> None:
        """Nothing of it is left on the host. Where that can't be had, the next one who takes it is to try."""
        try:
            await self._clear()
            self._close()
        finally:
            self._unlock()

    def cgroup(self, machine: str) -> Cgroup:
        return self._cgroup / machine

    def pods(self, number: int) -> IPv4Network:
        """The network of the pods of the n-th machine, from 1."""
        networks = tuple(self._network.subnets(new_prefix=_MACHINES_PREFIX))[1:]  # the first is the machines' own
        if number > len(networks):
            raise Full(f"a fleet may have {len(networks)} machines")
        return networks[number - 1]

    async def address(self, number: int) -> IPv4Address:
        """One for the n-th machine itself, on this host's loopback interface."""
        address = self._network[number]
        await _ip("address", "replace", f"{address}/32", "dev", "lo")
        return address

    async def _clear(self) -> None:
        """No process, cgroup, address, route or file of it is left."""
        await self._cgroup.kill()
        await self._cgroup.remove()
        await _ip("address", "flush", "dev", "lo", "to", str(self._network))
        async with asyncio.timeout(_PATIENCE):
            while True:
                if not await _ip("route", "show", "root", str(self._network)):
                    break
                await asyncio.sleep(_LOOK_AGAIN)  # the kernel buries the networks of the dead in its own time
        for each in self.directory.iterdir():
            await asyncio.to_thread(shutil.rmtree, each)

    def _close(self) -> None:
        """Only while it is locked: nobody else may have put anything into it meanwhile."""
        self.directory.rmdir()
        with contextlib.suppress(OSError):  # there are others
            PLACE.rmdir()
        self._unlock()

    def _unlock(self) -> None:
        """Harmless where that was done."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)


def _lock(directory: Path) -> int | None:
    """The descriptor that holds the lock on a directory that is there; None where somebody else does."""
    while True:
        with contextlib.suppress(FileNotFoundError), contextlib.ExitStack() as unless_locked:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            unless_locked.callback(os.close, lock)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            if os.path.samestat(directory.stat(), os.fstat(lock)):  # and not removed by who held it before
                unless_locked.pop_all()
                return lock


async def _ip(*arguments: str) -> str:
    """What it prints."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("ip", "-4", *arguments, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {err.decode().strip()}")
    return out.decode()
