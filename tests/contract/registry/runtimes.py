"""A container runtime and the registry that it pulls from: containerd itself, and what simulates it."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.machines.containerd import Containerd
from sandbox.machines.reference import Reference
from sandbox.machines.remote import PullError
from sandbox.real.binaries import Binaries
from sandbox.real.daemon import Daemon
from sandbox.registry.catalog import Catalog
from sandbox.registry.server import Registry
from tests.background import Background
from tests.contract.registry.conftest import HOST, NODES, WORKER

CONFIG = """version = 3
root = "{home}/root"
state = "{home}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]
[grpc]
address = "{home}/socket"
[ttrpc]
address = "{home}/ttrpc-socket"
[plugins."io.containerd.internal.v1.opt"]
path = "{home}/opt"
"""
PREFIX = re.compile(r'(rpc error: code = \w+ desc = )?failed to pull and unpack image "[^"]+": ')
"""What the kubelet's view adds to the runtime's own words."""


class Runtime(Protocol):
    async def pull(self, image: str, token: str) -> str:
        """Why it couldn't be; "" where it could."""


@dataclass(kw_only=True)
class Simulated:
    containerd: Containerd
    token: str = ""

    async def pull(self, image: str, token: str) -> str:
        self.token = token
        try:
            await self.containerd.pull(Reference.parse(image))
        except PullError as fault:
            return PREFIX.sub("", str(fault))
        return ""


@dataclass(kw_only=True)
class Real:
    """Through the client that comes with it, which uses the transfer service as the kubelet's runtime does."""

    home: Path

    async def pull(self, image: str, token: str) -> str:
        user = ("--user", f"_token:{token}") if token else ()
        options = ("--hosts-dir", self.home / "certs.d", "--platform", "linux/amd64", "--skip-metadata", *user)
        status, said = await self.ctr("images", "pull", *options, image)
        why = said.rpartition("ctr: ")[2].splitlines() if status else ()
        return "\n".join(dict.fromkeys(why))  # on the way to a client the registry's own words are said twice

    async def ctr(self, *arguments: str | Path) -> tuple[int, str]:
        command = (Binaries.path("ctr"), "--address", self.home / "socket", *arguments)
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()


@asynccontextmanager
async def simulated(registry_url: str) -> AsyncIterator[Runtime]:
    async with httpx.AsyncClient(trust_env=False) as http:
        runtime = Simulated(containerd=Containerd(http=http, registry_url=registry_url, token=lambda: runtime.token))
        yield runtime


@asynccontextmanager
async def real(home: Path, registry_url: str) -> AsyncIterator[Runtime]:
    """In a mount namespace of its own: what it mounts is gone with it."""
    hosts = home / "certs.d" / HOST / "hosts.toml"
    hosts.parent.mkdir(parents=True)
    hosts.write_text(f'server = "{registry_url}"\ncapabilities = ["pull", "resolve"]\n')
    config = home / "config.toml"
    config.write_text(CONFIG.format(home=home))
    alone = ("unshare", "--mount", "--propagation", "private")
    daemon = Daemon("containerd", [*alone, Binaries.path("containerd"), "--config", config], directory=home)
    runtime = Real(home=home)

    async def ready() -> bool:
        status, _ = await runtime.ctr("version")
        return status == 0

    try:
        await daemon.start(ready)
        yield runtime
    finally:
        await daemon.stop()


@dataclass(kw_only=True)
class Node:
    """Its account may read the repository, and its runtime has never pulled anything."""

    background: Background
    runtime: Runtime
    registry: Registry
    catalog: Catalog
    policies: Policies
    identities: Identities
    books: Books
    faults: Faults

    def pull(self, image: str = WORKER, *, token: str | None = None) -> tuple[str, list[str]]:
        """Why it failed, and what was asked meanwhile."""
        before = len(self.books)
        said = self.background.run(self.runtime.pull(image, self.identities.issue(NODES) if token is None else token))
        calls = list(self.books)[before:]
        return said, [f"{call.verb} {call.resource} {call.status}" for call in calls]
