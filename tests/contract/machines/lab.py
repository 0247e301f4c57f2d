"""What one test works with: a cluster of its own, or a namespace and machines of a cluster that many tests share."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.kube.client import ApiError, KubeClient
from sandbox.machines.machine import Machine
from tests.contract.machines.ground import HOST, PROJECT, Ground
from tests.contract.machines.states import is_open, is_ready

Object = dict[str, Any]
T = TypeVar("T")

NODES = "nodes@acme.iam.gserviceaccount.com"
ZONE = "us-central1-a"
LINES = ("Starting OCR worker", "listening for messages...")
IMAGE = f"{HOST}/{PROJECT}/apps/ocr:v1"  # in the lab of ring 1
DEADLINE = 100.0  # of every wait; on a machine that has nothing else to do none comes near it
LOOK_SECONDS = 0.05


@dataclass(kw_only=True)
class Lab:
    """One namespace, one repository that the nodes may read, one image in it; machines on demand."""

    ground: Ground
    namespace: str
    repository: str
    machines: list[Machine] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)  # of what was pushed, by reference

    @property
    def ring(self) -> int:
        return self.ground.ring

    @property
    def client(self) -> KubeClient:
        return self.ground.client

    @property
    def books(self) -> Books:
        """Of the registry on every ring; of Kubernetes' API on ring 1."""
        return self.ground.books

    @property
    def faults(self) -> Faults:
        """As far as the books go."""
        return self.ground.faults

    @property
    def image(self) -> str:
        return self.reference("ocr:v1")

    @property
    def prefix(self) -> str:
        """Of the names of its machines, where other labs' machines have been before."""
        return "" if self.ring == 1 else f"{self.namespace}-" if self.ring == 2 else "real-"

    def reference(self, rest: str) -> str:
        """Of an image in the lab's repository."""
        return f"{HOST}/{PROJECT}/{self.repository}/{rest}"

    def lasting(self, seconds: float) -> str:
        """A label's value: so many real seconds, at any pace. Two changes that come too soon are told as one."""
        return f"{seconds * self.ground.pace.speed:g}"

    def push(self, rest: str = "ocr:v1", **given: Any) -> str:
        """Put an image into the lab's repository; answers its reference. No other lab has one with its content."""
        labels = {"sandbox.lab": self.namespace, **given.pop("labels", {})}
        reference = self.reference(rest)
        self.digests[reference] = self.ground.images.push(reference, labels=labels, **given)
        return reference

    def asked(self, rest: str = "ocr:v1", resource: str = "manifests") -> int:
        """How often the registry was asked for an image of the lab's repository."""
        name = f"{PROJECT}/{self.repository}/{rest}"
        return len(self.ground.books.calls(api="registry", resource=resource, name=name))

    async def machine(self, name: str = "", **given: Any) -> Machine:
        """A machine that is on, with its node Ready and open; a real one may have served another lab before."""
        number = len(self.machines) + 1
        used = [each for each in self.ground.fleet if self.ring == 3][number - 1 :]
        if used:
            machine = used[0]
            await self._refurbish(machine)
        else:
            name = name or f"{self.prefix}node-{number}"
            machine = self.ground.fleet.add(name=name, zone=ZONE, pool="pool", service_account=NODES, **given)
            machine.boot_seconds = machine.boot_seconds if self.ring < 3 else 0.1  # a real boot takes its own time
        self.machines.append(machine)
        await machine.power_on()
        await self.node_when(machine.name, is_open)
        return machine

    async def _refurbish(self, machine: Machine) -> None:
        machine.boots = machine.heals = True
        if machine.is_stale:
            machine.renew_token()
        if await self.get("nodes", machine.name, ""):
            await self.client.patch("nodes", machine.name, {"spec": {"unschedulable": None, "taints": None}})
        else:
            await machine.reset()

    async def create(self, resource: str, obj: Object) -> Object:
        obj["metadata"].setdefault("namespace", self.namespace)
        return await self.client.create(resource, obj)

    async def pod(self, name: str = "pod", *, on: Machine | None = None, image: str = "", **spec: Any) -> Object:
        """A bare pod of one container named `app`; `container` goes into that, the rest into the spec."""
        container = {"name": "app", "image": image or self.image, **spec.pop("container", {})}
        bound = {"nodeName": on.name} if on else {}
        spec = {"containers": [container], **bound, **spec}
        return await self.create("pods", {"metadata": {"name": name}, "spec": spec})

    async def get(self, resource: str, name: str, namespace: str | None = None) -> Object | None:
        try:
            return await self.client.get(resource, name, self.namespace if namespace is None else namespace)
        except ApiError as fault:
            if fault.status == 404:
                return None
            raise

    async def delete(
        self, name: str = "pod", *, resource: str = "pods", namespace: str = "", grace: int | None = None
    ) -> None:
        """It may be gone already."""
        if resource == "pods":
            namespace = namespace or self.namespace
        try:
            await self.client.delete(resource, name, namespace, grace=grace)
        except ApiError as fault:
            if fault.status != 404:
                raise

    async def events(self, name: str, reason: str = "") -> list[Object]:
        """The events about a pod of this namespace, or about a node; oldest first."""
        events = await self.client.list("events")
        mine = [
            each
            for each in events
            if each["involvedObject"]["name"] == name
            and each["involvedObject"].get("namespace", self.namespace) == self.namespace
            and reason in {"", each["reason"]}
        ]
        return sorted(mine, key=lambda each: int(each["metadata"]["name"].rpartition(".")[2], 16))

    async def told(self, name: str = "pod") -> list[tuple[str, str, str]]:
        """What the kubelet said about a pod's containers: type, reason and message of each event."""
        events = [each for each in await self.events(name) if each["involvedObject"].get("fieldPath")]
        return [(each["type"], each["reason"], each["message"]) for each in events]

    async def hear(self, count: int, name: str = "pod") -> list[tuple[str, str, str]]:
        """What the kubelet said, as soon as it has said so much: it sends events by another way than the status."""

        async def enough() -> list[tuple[str, str, str]] | None:
            told = await self.told(name)
            return told if len(told) >= count else None

        return await until(enough)

    async def causes(self, name: str = "pod") -> list[str]:
        """What the events that carry the cause of a failed pull say about it."""
        marker = 'Failed to pull image "'
        failures = [message for _, reason, message in await self.told(name) if reason == "Failed"]
        return [message.removeprefix(marker).partition('": ')[2] for message in failures if message.startswith(marker)]

    async def pod_when(self, name: str, holds: Callable[[Object], Any], namespace: str | None = None) -> Object:
        """The pod, as soon as it is there and `holds`, if only for a moment."""
        return await self._when("pods", name, self.namespace if namespace is None else namespace, holds)

    async def node_when(self, name: str, holds: Callable[[Object], Any]) -> Object:
        """The node, as soon as it is there and `holds`, if only for a moment."""
        return await self._when("nodes", name, "", holds)

    async def _when(self, resource: str, name: str, namespace: str, holds: Callable[[Object], Any]) -> Object:
        watch = self.client.watch(resource, namespace, fields=f"metadata.name={name}")
        last: Object | None = None
        try:
            async with asyncio.timeout(DEADLINE), aclosing(watch) as events:
                async for event in events:
                    last = event.object
                    if event.type != "DELETED" and holds(last):
                        return last
        except TimeoutError:
            last = last and {key: last.get(key) for key in ("spec", "status")}
        raise AssertionError(f"{resource} {name} is not as it should be: {last}")

    async def pods(self, labels: str = "") -> list[Object]:
        return await self.client.list("pods", self.namespace, labels=labels)

    async def running_pods(self, count: int, labels: str = "") -> list[Object]:
        """That many ready pods, and no other pod beside them."""

        async def found() -> list[Object] | None:
            pods = await self.pods(labels)
            return pods if len(pods) == count and all(map(is_ready, pods)) else None

        return await until(found)

    async def kubectl(self, *arguments: str) -> str:
        """What it prints in the lab's namespace; fails with its own complaint, and is skipped where there is none."""
        if self.ground.kubectl is None:
            pytest.skip("kubectl is not installed")
        config = self.ground.kubeconfig
        command = await asyncio.create_subprocess_exec(
            self.ground.kubectl,
            f"--namespace={self.namespace}",
            *arguments,
            env={"KUBECONFIG": str(config), "HOME": str(config.parent)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await command.communicate()
        finally:
            if command.returncode is None:
                command.kill()
                await command.wait()
        assert command.returncode == 0, said.decode()
        return said.decode()

    async def gone(self, name: str = "pod") -> None:
        """Returns when there is no such pod."""

        async def missing() -> bool:
            return await self.get("pods", name) is None

        await until(missing)


async def until(look: Callable[[], Awaitable[T | None]], deadline: float = DEADLINE) -> T:
    """What `look` finds as soon as it finds something."""
    try:
        async with asyncio.timeout(deadline):
            while True:
                found = await look()
                if found:
                    return found
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"it did not come within {deadline:.0f} s") from None
