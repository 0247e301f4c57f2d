"""Compute v1's managed instance groups: what they list, and how they recreate, stop and start their machines.

An operation is DONE as soon as the machines are flagged; what is done to them takes longer, and listManagedInstances
shows it as their currentAction (instanceGroupManagers in Compute's discovery document).
"""

import asyncio
import zlib
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.routing import Route

from sandbox.contracts import Machine
from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError, not_found
from sandbox.google.inventory import COMPUTE, Group, Inventory, instance_path
from sandbox.google.operations import Operations, request_id

PAGE = 500  # instances in a page of a paginated group, where the request does not say
_GROUP = "/compute/v1/projects/{project}/zones/{zone}/instanceGroupManagers/{name}"
_NONE = "NONE"

Action = Callable[[Machine], Coroutine[Any, Any, None]]


class ManagedGroups:
    def __init__(self, *, door: Door, inventory: Inventory, operations: Operations) -> None:
        self._door = door
        self._inventory = inventory
        self._operations = operations
        self._actions: dict[str, str] = {}  # path of a machine -> what its group does to it
        self._failures: dict[str, str] = {}  # path of a machine -> why the last of it failed
        self._at_work: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        return [
            self._route("", self._get, verb="get", method="GET"),
            self._route("/listManagedInstances", self._list, verb="listManagedInstances"),
            self._route("/recreateInstances", self._recreate, verb="recreateInstances"),
            self._route("/stopInstances", self._stop, verb="stopInstances"),
            self._route("/startInstances", self._start, verb="startInstances"),
        ]

    def sizes(self, group: Group) -> tuple[int, int]:
        """Its targetSize and its targetStoppedSize."""
        stopped = sum(instance_path(machine) in self._inventory.stopped for machine in group.machines)
        return len(group.machines) - stopped, stopped

    def _route(self, path: str, work: Any, *, verb: str, method: str = "POST") -> Route:
        return self._door.route(
            f"{_GROUP}{path}",
            work,
            api="compute",
            verb=verb,
            resource="instanceGroupManagers",
            name="name",
            method=method,
        )

    def _find(self, ask: Ask, permission: str) -> Group:
        path = f"projects/{ask.path['project']}/zones/{ask.path['zone']}/instanceGroupManagers/{ask.path['name']}"
        self._door.require(ask, permission, path, f"Required '{permission}' permission for '{path}'")
        if group := self._inventory.group(path):
            return group
        raise not_found(path)

    async def _get(self, ask: Ask) -> dict[str, Any]:
        group = self._find(ask, "compute.instanceGroupManagers.get")
        size, stopped = self.sizes(group)
        actions = Counter(self._action(machine) for machine in group.machines)
        return {
            "kind": "compute#instanceGroupManager",
            "name": group.name,
            "zone": f"{COMPUTE}/projects/{group.project}/zones/{group.zone}",
            "baseInstanceName": group.name.removesuffix("-grp"),
            "instanceGroup": f"{COMPUTE}/{group.path.replace('instanceGroupManagers', 'instanceGroups')}",
            "instanceTemplate": group.template,
            "targetSize": size,
            "targetStoppedSize": stopped,
            "currentActions": {action.lower(): number for action, number in actions.items()},
            "listManagedInstancesResults": "PAGINATED" if group.paginated else "PAGELESS",
            "status": {"isStable": set(actions) <= {_NONE}},
            "selfLink": f"{COMPUTE}/{group.path}",
            **group.says,
        }

    async def _list(self, ask: Ask) -> dict[str, Any]:
        group = self._find(ask, "compute.instanceGroupManagers.get")
        start, end = 0, len(group.machines)
        if group.paginated:
            start = _whole(ask.query, "pageToken", 0)
            end = start + _whole(ask.query, "maxResults", PAGE)
        page: dict[str, Any] = {
            "managedInstances": [self._managed(machine, group) for machine in group.machines[start:end]]
        }
        if end < len(group.machines):
            page["nextPageToken"] = str(end)
        return page

    def _managed(self, machine: Machine, group: Group) -> dict[str, Any]:
        """Id and status are empty while there is no machine."""
        of_a_machine = {"id": str(machine.instance_id), "instanceStatus": machine.status}
        failure = self._failures.get(instance_path(machine))
        errors = {"errors": [{"code": "INTERNAL_ERROR", "message": failure}]}
        return {
            "instance": f"{COMPUTE}/{instance_path(machine)}",
            "name": machine.name,
            "currentAction": self._action(machine),
            "version": {"instanceTemplate": group.template},
            **(of_a_machine if machine.exists else {}),
            **({"lastAttempt": {"errors": errors}} if failure else {}),
        }

    async def _recreate(self, ask: Ask) -> dict[str, Any]:
        return await self._flag(ask, "recreateInstances", "RECREATING", lambda machine: machine.recreate())

    async def _stop(self, ask: Ask) -> dict[str, Any]:
        """Reduces the targetSize and increases the targetStoppedSize, at once."""
        return await self._flag(ask, "stopInstances", "STOPPING", lambda machine: machine.stop(), only="RUNNING")

    async def _start(self, ask: Ask) -> dict[str, Any]:
        """The reverse."""
        return await self._flag(ask, "startInstances", "STARTING", lambda machine: machine.start(), only="TERMINATED")

    async def _flag(self, ask: Ask, verb: str, action: str, work: Action, *, only: str = "") -> dict[str, Any]:
        """`only` is the status that the machines must have. What is done to one already is not done twice."""
        group = self._find(ask, "compute.instanceGroupManagers.update")
        kind = f"compute.instanceGroupManagers.{verb}"
        asked_as = request_id(ask.query.get("requestId", ""))
        if earlier := self._operations.earlier(kind, group.path, asked_as):
            return earlier.json()
        machines = _chosen(ask, group)
        for machine in machines:
            if only and machine.status != only:
                raise GoogleError(400, f"Instance '{machine.name}' is {machine.status}, and {verb} needs it {only}.")
        for machine in machines:
            self._count(machine, action)
            if self._action(machine) != action:
                self._begin(machine, action, work)
        operation = self._operations.start(
            asyncio.sleep(0),
            kind=kind,
            zone_path=f"projects/{group.project}/zones/{group.zone}",
            target_path=group.path,
            target_id=zlib.crc32(group.path.encode()),
            user=ask.user,
            request_id=asked_as,
        )
        return operation.json()

    def _count(self, machine: Machine, action: str) -> None:
        if action == "STOPPING":
            self._inventory.stopped.add(instance_path(machine))
        elif action == "STARTING":
            self._inventory.stopped.discard(instance_path(machine))

    def _begin(self, machine: Machine, action: str, work: Action) -> None:
        path = instance_path(machine)

        def ended(task: asyncio.Task[None]) -> None:
            self._at_work.discard(task)
            if self._actions.get(path) == action:  # and no other one has begun since
                del self._actions[path]
            if not task.cancelled() and (failure := task.exception()):
                self._failures[path] = str(failure)

        self._actions[path] = action
        self._failures.pop(path, None)
        task = asyncio.create_task(work(machine), name=f"{action} {machine.name}")
        self._at_work.add(task)
        task.add_done_callback(ended)

    def _action(self, machine: Machine) -> str:
        path = instance_path(machine)
        return self._actions.get(path) or self._inventory.at_work.get(path, _NONE)


def _chosen(ask: Ask, group: Group) -> list[Machine]:
    """The request's instances, by full or partial URL; each must be one of the group's."""
    members = {machine.name: machine for machine in group.machines}
    wanted = [str(url).rpartition("/")[2] for url in ask.body.get("instances") or ()]
    if not wanted:
        raise GoogleError(400, "Invalid value for field 'instances': ''. At least one instance must be specified.")
    for name in wanted:
        if name not in members:
            raise GoogleError(400, f"Instance '{name}' is not a member of '{group.path}'.")
    return [members[name] for name in wanted]


def _whole(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise GoogleError(400, f"Invalid value for field '{name}': '{text}'.")
    return int(text)
