"""A slot that could not be taken is held by nobody."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.ring3

ELSEWHERE = 'mount -t tmpfs tmpfs /var/lib; mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/pids; exec "$@"'
"""A host without machines, in namespaces of its own: its slots are nobody else's."""
TWICE = """
import asyncio
from sandbox.real.machines.slot import PLACE, Slot

async def main():
    stray = PLACE / "2" / "stray"
    stray.parent.mkdir(parents=True)
    stray.touch()
    try:
        await Slot.take()
    except NotADirectoryError as error:
        print("not taken:", error.filename)
    stray.unlink()
    taken = await Slot.take()
    print("taken:", taken.directory)
    await taken.give_back()
    print("left:", PLACE.exists())

asyncio.run(main())
"""


def test_a_slot_that_could_not_be_taken_is_not_held_either() -> None:
    """What lies in another slot can't be cleared: the first one is free again for whoever comes next."""
    unshare = ("unshare", "--mount", "--net", "--propagation", "private")
    command = (*unshare, "sh", "-ec", ELSEWHERE, "sh", sys.executable, "-c", TWICE)
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.splitlines() == [
        "not taken: /var/lib/repull-machines/2/stray",
        "taken: /var/lib/repull-machines/0",
        "left: False",
    ]
