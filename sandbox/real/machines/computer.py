"""One real machine: its disk, its configuration, and the programs that make it a node while its power is on."""

import asyncio
import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.breakdown import MORE_INOTIFY, Breakdown
from sandbox.kube import kubeconfig
from sandbox.kube.client import ApiError, KubeClient
from sandbox.machines.hardware import Hardware
from sandbox.objects.conditions import is_true
from sandbox.real import images, inotify, needs
from sandbox.real.binaries import Binaries
from sandbox.real.daemon import Daemon
from sandbox.real.machines import board, settings
from sandbox.real.machines.slot import Slot

_BOOT = Path(__file__).with_name("boot.sh")
_SHIM = "containerd-shim-runc-v2"
_PARTS = ("etc/bin", "etc/cni", "etc/certs.d/_default", "disk/lib", "disk/log", "run")
_START_SECONDS = 180.0
_ROOM_SECONDS = 60.0
_LOOK_AGAIN = 0.1


class BrokeDown(Breakdown):
    """It did not become a node, or ceased to be one by itself; the message has its last words."""


class NoRoom(Breakdown):
    """Other programs hold what its own would need of the host."""

    remedy = f"end another sandbox, or {MORE_INOTIFY}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plant:
    """What all machines of a fleet have in common."""

    slot: Slot
    kube_url: str
    ca: Path
    registry_url: str
    connect: Callable[[str], KubeClient]
    consoles: Path


class Computer:
    """Its files lie in one directory: `etc`, written anew at each start; `disk`, which outlives a loss of power; `run`.

    One process is the first of a pid namespace and a mount namespace: see boot.sh.
    """

    def __init__(self, hardware: Hardware, plant: Plant) -> None:
        self._hardware = hardware
        self._plant = plant
        self._directory = plant.slot.directory / hardware.name
        self._cgroup = plant.slot.cgroup(hardware.name)
        self._pods = plant.slot.pods(hardware.number)

    def hold(self, token: str) -> None:
        self._write("token", token, mode=0o600)

    async def wipe(self) -> None:
        if self._directory.exists():
            await asyncio.to_thread(shutil.rmtree, self._directory)

    async def run(self, *, identity: str, boot_id: str, on_ready: Callable[[], None]) -> None:
        """Raises BrokeDown or NoRoom."""
        await self._wait_for_room()
        address = str(await self._plant.slot.address(self._hardware.number))
        self._configure(identity, boot_id, address)
        self._cgroup.create()
        daemon = Daemon(
            self._hardware.name,
            self._command(address),
            directory=self._plant.consoles,
            environ={"PATH": os.environ.get("PATH", os.defpath)},  # nothing else of whoever runs the sandbox
        )
        try:
            await daemon.start(_at_once)
            await self._become_ready(daemon, identity, boot_id)
            on_ready()
            await daemon.ended()
            raise _broke_down(daemon, "has gone down by itself")
        finally:
            await daemon.stop(grace=0)
            await self._cgroup.kill()
            await self._cgroup.remove()

    async def _wait_for_room(self) -> None:
        """Another fleet may be about to end."""
        try:
            async with asyncio.timeout(_ROOM_SECONDS):
                while not inotify.are_left(inotify.MACHINE):  # noqa: ASYNC110 - the kernel tells nobody
                    await asyncio.sleep(_LOOK_AGAIN)
        except TimeoutError as error:
            raise NoRoom(f"{self._hardware.name} can't boot: it takes {inotify.MACHINE} inotify instances") from error

    def _command(self, address: str) -> list[str | Path]:
        programs = (Binaries.path(name) for name in ("containerd", "ctr", "kubelet"))
        return [
            *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("sh", _BOOT, self._directory, self._cgroup.path),
            *programs,
            *settings.kubelet_arguments(self._hardware, address=address),
        ]

    def _configure(self, identity: str, boot_id: str, address: str) -> None:
        plant, hardware = self._plant, self._hardware
        for part in _PARTS:
            (self._directory / part).mkdir(parents=True, exist_ok=True)
        self._write("kubelet.json", settings.kubelet(hardware, address=address, cgroup=self._cgroup.path))
        self._write("credentials.json", settings.credential_provider())
        self._write("bin/node-credentials", settings.credential_plugin(), mode=0o700)
        self._write("containerd.toml", settings.containerd(shim=Binaries.path(_SHIM), runc=_runc(), cni=needs.CNI))
        self._write("certs.d/_default/hosts.toml", settings.registry_hosts(plant.registry_url))
        self._write("cni/pods.conflist", settings.network(self._pods))
        self._write("ca.crt", plant.ca.read_text())
        kubeconfig.write(self._etc / "kubeconfig", url=plant.kube_url, ca=plant.ca, token=identity, user=hardware.name)
        images.pause(self._etc / "pause.tar", name=settings.PAUSE)
        for path, text in board.files(hardware, boot_id=boot_id, machine_id=self._machine_id()):
            self._write(f"board/{path}", text)

    def _machine_id(self) -> str:
        """Made with the first start, and kept on the disk."""
        file = self._directory / "disk" / "machine-id"
        if not file.exists():
            file.write_text(uuid.uuid4().hex)
        return file.read_text()

    async def _become_ready(self, daemon: Daemon, identity: str, boot_id: str) -> None:
        """Returns when the kubelet of this boot, not of the last one, has said so."""
        client = self._plant.connect(identity)
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self._is_ready(client, boot_id):
                    if daemon.pid is None:
                        raise _broke_down(daemon, "did not boot")
                    await asyncio.sleep(_LOOK_AGAIN)
        except TimeoutError as error:
            raise _broke_down(daemon, "does not get Ready") from error
        finally:
            await client.close()

    async def _is_ready(self, client: KubeClient, boot_id: str) -> bool:
        try:
            node = await client.get("nodes", self._hardware.name)
        except ApiError:
            return False  # it has not registered yet; or the API server is away
        return node["status"]["nodeInfo"]["bootID"] == boot_id and is_true(node, "Ready")

    @property
    def _etc(self) -> Path:
        return self._directory / "etc"

    def _write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        """As a whole: whoever reads it meanwhile sees the old text or the new one."""
        path = self._etc / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}")
        fresh.touch(mode=mode)
        fresh.write_text(text)
        fresh.replace(path)


def _broke_down(daemon: Daemon, how: str) -> BrokeDown:
    return BrokeDown(f"{daemon.name} {how}:\n{daemon.last_words()}", log=daemon.log)


def _runc() -> Path:
    return Path(shutil.which("runc") or "runc")


async def _at_once() -> bool:
    """It runs; whether it also boots is another question."""
    return True
