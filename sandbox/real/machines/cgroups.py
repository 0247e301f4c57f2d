"""Cgroups of the first version: one of the same name in every hierarchy, to hold processes, and to kill them by."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

HIERARCHIES = Path("/sys/fs/cgroup")
_BY_WHICH_TO_KILL = "pids"
_COPIED = ("cpuset.cpus", "cpuset.mems")  # empty in a new cpuset, and nothing may run in one like that
_LOOK_AGAIN = 0.02
_PATIENCE = 30.0


class Cgroup:
    """Its path below each hierarchy's root, such as `repull-0/node-1`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __truediv__(self, name: str) -> "Cgroup":
        return Cgroup(f"{self.path}/{name}")

    def create(self) -> None:
        """With the ones above it; harmless where it is."""
        for hierarchy in _hierarchies():
            above = hierarchy
            for part in self.path.split("/"):
                here = above / part
                here.mkdir(exist_ok=True)
                for name in _COPIED:
                    if (here / name).exists() and not (here / name).read_text().strip():
                        (here / name).write_text((above / name).read_text())
                above = here

    async def kill(self) -> None:
        """Every process in it and below; returns when there is none any more."""
        async with asyncio.timeout(_PATIENCE):
            while processes := tuple(self._processes()):
                for pid in processes:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                await asyncio.sleep(_LOOK_AGAIN)

    async def remove(self) -> None:
        """With what is below; no process may be left in it. Harmless where it isn't."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                places = [hierarchy / self.path for hierarchy in _hierarchies()]
                for place in places:
                    _try_to_remove(place)
                if not any(place.exists() for place in places):
                    return
                await asyncio.sleep(_LOOK_AGAIN)  # a process that has died may take a moment to leave

    def _processes(self) -> Iterator[int]:
        for listing in (HIERARCHIES / _BY_WHICH_TO_KILL / self.path).rglob("cgroup.procs"):
            with contextlib.suppress(OSError):  # gone meanwhile
                yield from map(int, listing.read_text().split())


def _hierarchies() -> Iterator[Path]:
    """With the one of the second version, where that is there beside the others: runc puts containers there, too."""
    return (each for each in HIERARCHIES.iterdir() if each.is_dir() and not each.is_symlink())


def _try_to_remove(place: Path) -> None:
    for directory, _, _ in os.walk(place, topdown=False):
        with contextlib.suppress(OSError):  # busy
            Path(directory).rmdir()
