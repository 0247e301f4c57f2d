"""A virtual machine: power, disk, identity, and the history that judges ask for."""

import asyncio
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.kube import times
from sandbox.kube.client import ApiError
from sandbox.machines.hardware import Hardware
from sandbox.machines.site import Computer, Site

BOOT_SECONDS = 40.0
STOP_SECONDS = 15.0  # simulated, of a guest's shutdown
START_SECONDS = 5.0  # simulated, until a machine that is started is RUNNING, and its boot begins
REPLACE_SECONDS = 10.0  # simulated, from a machine's deletion until there is another one


@dataclass(kw_only=True, slots=True)
class Outage:
    """From power-off to the node's next Ready; `ready_at` is None while that has not come."""

    off_at: datetime
    ready_at: datetime | None = None


class Machine:
    """Its access token is fetched when it boots. A stale machine is one whose token has been revoked since."""

    def __init__(self, hardware: Hardware, computer: Computer, site: Site) -> None:
        self.hardware = hardware
        self.project, self.zone, self.name = hardware.project, hardware.zone, hardware.name
        self.pool, self.service_account, self.scopes = hardware.pool, hardware.service_account, hardware.scopes
        self.spot = hardware.spot
        self.local_ssds = 0
        self.regional_disks: tuple[str, ...] = ()
        self.labels: Mapping[str, str] = {"goog-gke-node": "", "goog-k8s-node-pool-name": hardware.pool}
        self.boot_seconds = BOOT_SECONDS
        self._may_boot = asyncio.Event()
        self._may_boot.set()
        self._may_stop = asyncio.Event()
        self._may_stop.set()
        self.heals = True  # False: the token that it gets at a boot is worthless too
        self.replacement_heals = True  # what `heals` is once it has been recreated
        self.instance_id = _instance_id()
        self.exists = True
        self.reset_count = self.recreate_count = self.stop_count = self.start_count = 0
        self.outages: list[Outage] = []
        self._site = site
        self._computer = computer
        self._token: str | None = None
        self._started_at = times.now()
        self._is_on = False
        self._passing = ""  # Compute's word while it is neither on nor off
        self._powered: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._switch = asyncio.Lock()  # cutting the power takes a moment, and nobody may start it meanwhile

    @property
    def status(self) -> str:
        """Compute's word: a reset machine is RUNNING all along."""
        return self._passing or ("RUNNING" if self._is_on else "TERMINATED")

    @property
    def last_start(self) -> str:
        """RFC 3339; a reset does not move it."""
        return self._started_at.isoformat(timespec="milliseconds")

    @property
    def boots(self) -> bool:
        """False: after its next power-off it hangs in its boot, until this is set again in the loop that runs it."""
        return self._may_boot.is_set()

    @boots.setter
    def boots(self, may: bool) -> None:
        if may:
            self._may_boot.set()
        else:
            self._may_boot.clear()

    @property
    def stops(self) -> bool:
        """False: it hangs in its guest's next shutdown, until this is set again in the loop that runs it."""
        return self._may_stop.is_set()

    @stops.setter
    def stops(self, may: bool) -> None:
        if may:
            self._may_stop.set()
        else:
            self._may_stop.clear()

    # --- power ---

    async def power_on(self) -> None:
        """Start it, already booted; returns when its node is Ready. Does nothing where it runs."""
        async with self._switch:
            if self._powered is None:
                self._started_at = times.now()
            powered = self._powered or self._start(after=0)
        await self._becomes_ready(powered)

    def boot(self) -> None:
        """A new machine's first start. Returns at once."""
        self._start(after=self.boot_seconds)

    async def power_off(self) -> None:
        """Cut the power: no status, no farewell, and every pod on it is gone. Nobody starts it again."""
        async with self._switch:
            self._is_on = False
            await self._cut()

    async def reset(self) -> None:
        """Power off and on again. Returns when the power is off; the boot goes on by itself."""
        self.reset_count += 1
        async with self._switch:
            await self._cut()
            self._start(after=self.boot_seconds)

    async def recreate(self) -> None:
        """As a managed instance group does it: another instance of the same name, an empty disk, a new Node object."""
        self.recreate_count += 1
        async with self._switch:
            await self._cut()
            self.exists = False
            await self._computer.wipe()
            await self.delete_node()
            await asyncio.sleep(self._site.pace.real(REPLACE_SECONDS))
            self.exists, self.instance_id = True, _instance_id()
            self.heals = self.replacement_heals
            self._started_at = times.now()
            self._start(after=self.boot_seconds)

    async def stop(self) -> None:
        """As a managed instance group does it: the guest shuts down, then the machine is TERMINATED, with its disk."""
        self.stop_count += 1
        self._passing = "STOPPING"
        await self._may_stop.wait()
        async with self._switch:
            await asyncio.sleep(self._site.pace.real(STOP_SECONDS))
            self._is_on = False
            await self._cut()
            self._passing = ""

    async def start(self) -> None:
        """What `stop` has stopped: the same instance, with the same disk."""
        self.start_count += 1
        self._passing = "STAGING"
        async with self._switch:
            await asyncio.sleep(self._site.pace.real(START_SECONDS))
            self._started_at = times.now()
            self._start(after=self.boot_seconds)
            self._passing = ""

    async def vanish(self) -> None:
        """As a managed instance group deletes it, for good; its Node object is the cloud controller's to delete."""
        async with self._switch:
            self._is_on = self.exists = False
            await self._cut()

    def make_stale(self) -> None:
        """Revoke the token that it holds; it goes on using it until it boots."""
        if self._token:
            self._site.identities.revoke(self._token)

    def renew_token(self) -> None:
        """What the metadata server does by itself when a token nears its end."""
        if self._token:
            self._fetch_token()

    @property
    def is_stale(self) -> bool:
        """It holds a token, and the token names nobody."""
        return self._token is not None and self._site.identities.who(self._token) is None

    def _start(self, *, after: float) -> "asyncio.Task[None]":
        self._is_on = True
        powered = self._powered = asyncio.create_task(self._run(after), name=f"machine {self.name}")
        powered.add_done_callback(_complain)
        return powered

    async def _becomes_ready(self, powered: "asyncio.Task[None]") -> None:
        """In this start or, where that is cut short, in a later one. Raises what it has broken down of instead."""
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({ready, powered}, return_when=asyncio.FIRST_COMPLETED)
            if powered.done() and not powered.cancelled():
                powered.result()
            await ready
        finally:
            ready.cancel()

    @property
    def renewals(self) -> int:
        """How often somebody has asked for what makes it fetch another token, in whatever way."""
        return self.reset_count + self.recreate_count + self.stop_count

    @property
    def _is_out(self) -> bool:
        return bool(self.outages) and self.outages[-1].ready_at is None

    async def _cut(self) -> None:
        powered, self._powered, self._token = self._powered, None, None
        self._ready.clear()
        if powered:
            if not self._is_out:  # a reset during a boot goes on with the outage
                self.outages.append(Outage(off_at=times.now()))
            powered.cancel()
            await asyncio.gather(powered, return_exceptions=True)

    async def _run(self, boot_after: float) -> None:
        """Boot, and then be a node until the power is cut."""
        if boot_after:
            await self._may_boot.wait()
        await asyncio.sleep(self._site.pace.real(boot_after))
        self._fetch_token()
        if not self.heals:
            self.make_stale()
        identity = self._site.identities.issue(f"system:node:{self.name}")
        await self._computer.run(identity=identity, boot_id=str(uuid.uuid4()), on_ready=self._has_become_ready)

    def _fetch_token(self) -> None:
        self._token = self._site.identities.issue(self.service_account)
        self._computer.hold(self._token)

    def _has_become_ready(self) -> None:
        if self._is_out:
            self.outages[-1].ready_at = times.now()
        self._ready.set()

    async def delete_node(self) -> None:
        """What GKE's cloud controller does with the Node of an instance that is gone."""
        client = self._site.connect(self._site.identities.issue("system:cloud-controller-manager"))
        try:
            await client.delete("nodes", self.name)
        except ApiError as fault:
            if fault.status != 404:
                raise
        finally:
            await client.close()


def _complain(task: "asyncio.Task[None]") -> None:
    """A machine goes down because somebody cuts its power; anything else is a fault of the sandbox, and is said."""
    if not task.cancelled() and (fault := task.exception()):
        task.get_loop().call_exception_handler(
            {"message": f"{task.get_name()} has broken", "exception": fault, "task": task}
        )


def _instance_id() -> int:
    """Nineteen digits or so, as Compute gives them out."""
    return 10**18 + secrets.randbelow(8 * 10**18)
