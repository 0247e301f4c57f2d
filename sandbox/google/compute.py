"""Compute v1: instances.get and reset, zone operations, managed instance groups."""

import asyncio
import re
from typing import Any

from starlette.routing import Route

from sandbox.contracts import Machine
from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError
from sandbox.google.inventory import COMPUTE, Group, Inventory
from sandbox.google.operations import Operations, request_id

PAGE = 500  # instances in a page of a paginated group, where the request does not say
_WAIT_SECONDS = 120  # the longest that zoneOperations.wait holds its answer back
_ZONE = "/compute/v1/projects/{project}/zones/{zone}"


class Compute:
    def __init__(self, *, door: Door, inventory: Inventory) -> None:
        self._door = door
        self._inventory = inventory
        self._operations = Operations()

    def routes(self) -> list[Route]:
        instance = f"{_ZONE}/instances/{{name}}"
        operation = f"{_ZONE}/operations/{{name}}"
        group = f"{_ZONE}/instanceGroupManagers/{{name}}"
        return [
            self._route(instance, self._get, verb="get", resource="instances"),
            self._route(f"{instance}/reset", self._reset, verb="reset", resource="instances", method="POST"),
            self._route(operation, self._operation, verb="get", resource="zoneOperations"),
            self._route(f"{_ZONE}/operations", self._list, verb="list", resource="zoneOperations"),
            self._route(f"{operation}/wait", self._wait, verb="wait", resource="zoneOperations", method="POST"),
            self._route(group, self._group, verb="get", resource="instanceGroupManagers"),
            self._route(
                f"{group}/listManagedInstances",
                self._managed,
                verb="listManagedInstances",
                resource="instanceGroupManagers",
                method="POST",
            ),
        ]

    def _route(self, path: str, work: Any, *, verb: str, resource: str, method: str = "GET") -> Route:
        return self._door.route(path, work, api="compute", verb=verb, resource=resource, name="name", method=method)

    def _require(self, ask: Ask, permission: str, path: str) -> None:
        self._door.require(ask, permission, path, f"Required '{permission}' permission for '{path}'")

    def _find(self, ask: Ask, permission: str) -> Machine:
        path = _path(ask, "instances")
        self._require(ask, permission, path)
        machine = self._inventory.machine(ask.path["project"], ask.path["zone"], ask.path["name"])
        if machine is None:
            raise _not_found(path)
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
        raise _not_found(path)

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
        raise _not_found(path)

    def _find_group(self, ask: Ask) -> Group:
        path = _path(ask, "instanceGroupManagers")
        self._require(ask, "compute.instanceGroupManagers.get", path)
        if group := self._inventory.group(path):
            return group
        raise _not_found(path)

    async def _group(self, ask: Ask) -> dict[str, Any]:
        group = self._find_group(ask)
        return {
            "kind": "compute#instanceGroupManager",
            "name": group.name,
            "zone": f"{COMPUTE}/projects/{group.project}/zones/{group.zone}",
            "baseInstanceName": group.name.removesuffix("-grp"),
            "instanceGroup": f"{COMPUTE}/{group.path.replace('instanceGroupManagers', 'instanceGroups')}",
            "targetSize": len(group.machines),
            "currentActions": {"none": len(group.machines)},
            "listManagedInstancesResults": "PAGINATED" if group.paginated else "PAGELESS",
            "status": {"isStable": True},
            "selfLink": f"{COMPUTE}/{group.path}",
        }

    async def _managed(self, ask: Ask) -> dict[str, Any]:
        group = self._find_group(ask)
        start, end = 0, len(group.machines)
        if group.paginated:
            start = _whole(ask.query, "pageToken", 0)
            end = start + _whole(ask.query, "maxResults", PAGE)
        page: dict[str, Any] = {
            "managedInstances": [
                {
                    "instance": f"{COMPUTE}/{_instance_path(machine)}",
                    "id": str(machine.instance_id),
                    "name": machine.name,
                    "instanceStatus": machine.status,
                    "currentAction": "NONE",
                }
                for machine in group.machines[start:end]
            ]
        }
        if end < len(group.machines):
            page["nextPageToken"] = str(end)
        return page


def _path(ask: Ask, collection: str) -> str:
    return f"projects/{ask.path['project']}/zones/{ask.path['zone']}/{collection}/{ask.path['name']}"


def _instance_path(machine: Machine) -> str:
    return f"projects/{machine.project}/zones/{machine.zone}/instances/{machine.name}"


def _not_found(path: str) -> GoogleError:
    return GoogleError(404, f"The resource '{path}' was not found")


def _whole(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise GoogleError(400, f"Invalid value for field '{name}': '{text}'.")
    return int(text)


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
        "serviceAccounts": [{"email": machine.service_account, "scopes": list(machine.scopes)}],
        "selfLink": f"{COMPUTE}/{_instance_path(machine)}",
    }
