"""Compute v1: instances.get and reset, zone operations; the managed instance groups are next door."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

from starlette.routing import Route

from sandbox.contracts import Machine
from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError, not_found
from sandbox.google.inventory import COMPUTE, Group, Inventory, instance_path
from sandbox.google.managedgroups import ManagedGroups
from sandbox.google.operations import Operations, request_id

_WAIT_SECONDS = 120  # the longest that zoneOperations.wait holds its answer back
_ZONE = "/compute/v1/projects/{project}/zones/{zone}"


class Compute:
    def __init__(self, *, door: Door, inventory: Inventory) -> None:
        self._door = door
        self._inventory = inventory
        self._operations = Operations()
        self._groups = ManagedGroups(door=door, inventory=inventory, operations=self._operations)

    def routes(self) -> list[Route]:
        instance = f"{_ZONE}/instances/{{name}}"
        operation = f"{_ZONE}/operations/{{name}}"
        return [
            self._route(instance, self._get, verb="get", resource="instances"),
            self._route(f"{instance}/reset", self._reset, verb="reset", resource="instances", method="POST"),
            self._route(operation, self._operation, verb="get", resource="zoneOperations"),
            self._route(f"{_ZONE}/operations", self._list, verb="list", resource="zoneOperations"),
            self._route(f"{operation}/wait", self._wait, verb="wait", resource="zoneOperations", method="POST"),
            *self._groups.routes(),
        ]

    def _route(self, path: str, work: Any, *, verb: str, resource: str, method: str = "GET") -> Route:
        return self._door.route(path, work, api="compute", verb=verb, resource=resource, name="name", method=method)

    def _require(self, ask: Ask, permission: str, path: str) -> None:
        self._door.require(ask, permission, path, f"Required '{permission}' permission for '{path}'")

    def _find(self, ask: Ask, permission: str) -> Machine:
        path = _path(ask, "instances")
        self._require(ask, permission, path)
        machine = self._inventory.machine(ask.path["project"], ask.path["zone"], ask.path["name"])
        if machine is None or not machine.exists:
            raise not_found(path)
        return machine

    async def _get(self, ask: Ask) -> dict[str, Any]:
        machine = self._find(ask, "compute.instances.get")
        return _instance(machine, self._inventory.group_of(machine))

    async def _reset(self, ask: Ask) -> dict[str, Any]:
        asked_as = request_id(ask.query.get("requestId", ""))
        machine = self._find(ask, "compute.instances.reset")
        operation = self._operations.start(
            machine.reset(),
            kind="reset",
            zone_path=f"projects/{machine.project}/zones/{machine.zone}",
            target_path=_path(ask, "instances"),
            target_id=machine.instance_id,
            user=ask.user,
            request_id=asked_as,
        )
        await asyncio.sleep(0)  # the answer says RUNNING, so the work has begun
        return operation.json()

    async def _operation(self, ask: Ask) -> dict[str, Any]:
        path = _path(ask, "operations")
        self._require(ask, "compute.zoneOperations.get", path)
        if operation := self._operations.get(path):
            return operation.json()
        raise not_found(path)

    async def _list(self, ask: Ask) -> dict[str, Any]:
        """Of the filters it knows the one on clientOperationId, by which a request's operation is found."""
        zone_path = f"projects/{ask.path['project']}/zones/{ask.path['zone']}"
        self._require(ask, "compute.zoneOperations.list", f"{zone_path}/operations")
        wanted = re.fullmatch(r'clientOperationId = "([^"]*)"', ask.query.get("filter", ""))
        if wanted is None:
            raise GoogleError(
                501, f"zoneOperations.list is modelled with a filter on clientOperationId, not {ask.query}"
            )
        found = self._operations.of_request(zone_path, wanted[1])
        return {"kind": "compute#operationList", "items": [operation.json() for operation in found]}

    async def _wait(self, ask: Ask) -> dict[str, Any]:
        path = _path(ask, "operations")
        self._require(ask, "compute.zoneOperations.get", path)
        if operation := self._operations.get(path):
            await asyncio.wait([operation.task], timeout=_WAIT_SECONDS)
            return operation.json()
        raise not_found(path)


def _path(ask: Ask, collection: str) -> str:
    return f"projects/{ask.path['project']}/zones/{ask.path['zone']}/{collection}/{ask.path['name']}"


def _instance(machine: Machine, group: Group | None) -> dict[str, Any]:
    items = [{"key": "created-by", "value": group.path}] if group else []
    return {
        "kind": "compute#instance",
        "id": str(machine.instance_id),
        "name": machine.name,
        "zone": f"{COMPUTE}/projects/{machine.project}/zones/{machine.zone}",
        "status": machine.status,
        "lastStartTimestamp": machine.last_start,
        "labels": dict(machine.labels),
        "metadata": {"kind": "compute#metadata", "items": items},
        "scheduling": {
            "provisioningModel": "SPOT" if machine.spot else "STANDARD",
            "preemptible": machine.spot,
            "automaticRestart": not machine.spot,
        },
        "disks": list(_disks(machine)),
        "serviceAccounts": [{"email": machine.service_account, "scopes": list(machine.scopes)}],
        "selfLink": f"{COMPUTE}/{instance_path(machine)}",
    }


def _disks(machine: Machine) -> Iterator[dict[str, Any]]:
    """The boot disk, local SSDs, and what is attached besides."""
    zone = f"{COMPUTE}/projects/{machine.project}/zones/{machine.zone}"
    region = f"{COMPUTE}/projects/{machine.project}/regions/{machine.zone.rpartition('-')[0]}"
    sources = (f"{zone}/disks/{machine.name}", *(f"{region}/disks/{name}" for name in machine.regional_disks))
    for number, source in enumerate(sources):
        name = f"persistent-disk-{number}"
        yield {"type": "PERSISTENT", "mode": "READ_WRITE", "boot": not number, "deviceName": name, "source": source}
    for number in range(machine.local_ssds):
        yield {"type": "SCRATCH", "mode": "READ_WRITE", "interface": "NVME", "deviceName": f"local-ssd-{number}"}
