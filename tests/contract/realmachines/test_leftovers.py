"""When machines are gone, nothing on the host remembers them: neither after a stop nor after a violent end."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.real.machines.slot import PLACE, Slot
from tests.contract.realmachines.yard import NODES, ONE, Yard, add, is_ready, open_fleet, until

pytestmark = [pytest.mark.ring3, pytest.mark.xdist_group("yard")]

PASSING, ORPHAN = f"{ONE}-passing", f"{ONE}-orphan"
FLEET = """
import asyncio, json, sys
from pathlib import Path
from sandbox.identities import Identities
from sandbox.pace import Pace
from sandbox.real.machines.fleet import RealFleet

given = json.loads(sys.argv[1])

class Given(Identities):
    def issue(self, email):
        return given["tokens"][email]

async def main():
    fleet = await RealFleet.open(
        project="acme",
        identities=Given(),
        pace=Pace(speed=40),
        kube_url=given["kube_url"],
        ca=Path(given["ca"]),
        registry_url=given["registry_url"],
        consoles=Path(given["consoles"]),
    )
    machine = fleet.add(name=given["name"], zone="us-central1-a", pool="apps", service_account=given["account"])
    await machine.power_on()
    print("on", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """What of a machine can be seen on the host."""

    processes: tuple[int, ...]
    cgroups: tuple[Path, ...]
    files: tuple[Path, ...]
    mounts: tuple[str, ...]
    network: tuple[str, ...]

    def __bool__(self) -> bool:
        return any((self.processes, self.cgroups, self.files, self.mounts, self.network))


def traces(name: str, *addresses: str) -> Traces:
    """Of the machine of that name; `addresses` are its own and its pods'."""
    cgroups = tuple(Path("/sys/fs/cgroup").glob(f"*/repull-*/{name}"))
    shown = [*_lines("ip", "-4", "-o", "address"), *_lines("ip", "-4", "route", "show", "table", "all")]
    return Traces(
        processes=tuple(int(pid) for each in cgroups for file in each.rglob("cgroup.procs") for pid in _words(file)),
        cgroups=cgroups,
        files=tuple(PLACE.glob(f"*/{name}")),
        mounts=tuple(line for line in _lines("cat", "/proc/self/mounts") if "repull" in line),
        network=tuple(line for line in shown if set(addresses) & set(re.split("[ /]", line))),
    )


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:  # gone meanwhile
        return []


def _lines(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.fixture
def untouched() -> Iterator[None]:
    """Whether the host forwards packets is its own business, and what lies in its directories."""
    before = settled()
    yield
    assert settled() == before


def settled() -> tuple[str, ...]:
    places = (each for place in ("/opt", "/usr/libexec", "/var/log", "/var/lib/cni") for each in Path(place).glob("*"))
    return (Path("/proc/sys/net/ipv4/ip_forward").read_text(), *sorted(map(str, places)))


async def at_work(yard: Yard, name: str) -> tuple[str, str]:
    """The machine is a node and runs a pod: the addresses of both."""
    node = await yard.node_when(name, is_ready)
    await yard.pod(f"on-{name}", name)
    pod = await yard.pod_when(f"on-{name}", is_ready)
    return node["status"]["addresses"][0]["address"], pod["status"]["podIP"]


async def test_a_fleet_beside_another_one_leaves_nothing_when_it_is_stopped(yard: Yard, untouched: None) -> None:
    fleet = await open_fleet(yard.ring, yard.registry, yard.consoles)
    try:
        add(fleet, PASSING)
        await fleet.power_on()
        addresses = await at_work(yard, PASSING)
        seen = traces(PASSING, *addresses)
        assert seen.processes
        assert seen.files
        assert len(seen.network) > 2  # both addresses, and at least one route
        assert not seen.mounts  # they are the machine's own affair
    finally:
        await fleet.stop()
    assert not traces(PASSING, *addresses)
    await yard.pod("meanwhile", ONE)
    await yard.pod_when("meanwhile", is_ready)


async def test_what_a_killed_sandbox_leaves_dies_with_it_or_is_cleared_by_the_next(yard: Yard, untouched: None) -> None:
    identities, plane = yard.ring.identities, yard.ring.plane
    given = {
        "name": ORPHAN,
        "account": NODES,
        "tokens": {email: identities.issue(email) for email in (NODES, f"system:node:{ORPHAN}")},
        "kube_url": plane.url,
        "ca": str(plane.ca),
        "registry_url": yard.registry.url,
        "consoles": str(yard.consoles),
    }
    sandbox = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FLEET, json.dumps(given), stdout=asyncio.subprocess.PIPE
    )
    assert sandbox.stdout
    assert await sandbox.stdout.readline() == b"on\n"
    addresses = await at_work(yard, ORPHAN)
    assert traces(ORPHAN, *addresses).processes
    os.kill(sandbox.pid, signal.SIGKILL)
    await sandbox.wait()

    async def silent() -> bool:
        return not traces(ORPHAN).processes

    await until(silent)  # without anybody's help
    await (await Slot.take()).give_back()
    assert not traces(ORPHAN, *addresses)
