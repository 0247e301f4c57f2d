"""Container v1 (GKE): projects.locations.clusters.get, projects.locations.operations.list."""

import base64
from itertools import groupby
from typing import Any

from starlette.routing import Route

from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError
from sandbox.google.inventory import COMPUTE, Autoscaled, GkeCluster, Group, Inventory

_DEFAULT = "-compute@developer.gserviceaccount.com"
"""Ends the account that GKE shows as `default`: a pool is made with that word."""
_VERSION = "1.34.4-gke.1000000"


class Container:
    def __init__(self, *, door: Door, inventory: Inventory) -> None:
        self._door = door
        self._inventory = inventory

    def routes(self) -> list[Route]:
        path = "/v1/projects/{project}/locations/{location}/clusters/{name}"
        listed = "/v1/projects/{project}/locations/{location}/operations"
        return [
            self._door.route(path, self._get, api="container", verb="get", resource="clusters", name="name"),
            self._door.route(
                listed, self._list_operations, api="container", verb="list", resource="operations", name="location"
            ),
        ]

    async def _get(self, ask: Ask) -> dict[str, Any]:
        path = f"projects/{ask.path['project']}/locations/{ask.path['location']}/clusters/{ask.path['name']}"
        permission = "container.clusters.get"
        self._door.require(ask, permission, path, f'Required "{permission}" permission(s) for "{path}".')
        if cluster := self._inventory.cluster(path):
            return _cluster(cluster)
        raise GoogleError(404, f"Not found: {path}.")

    async def _list_operations(self, ask: Ask) -> dict[str, Any]:
        """Of all clusters in the location. They stay until whoever put them there takes them away."""
        path = f"projects/{ask.path['project']}/locations/{ask.path['location']}"
        permission = "container.operations.list"
        self._door.require(ask, permission, path, f'Required "{permission}" permission(s) for "{path}".')
        clusters = [each for each in self._inventory.clusters if each.path.startswith(f"{path}/clusters/")]
        found = [_operation(each, number, path) for each in clusters for number in range(len(each.operations))]
        return {"operations": found} if found else {}


def _cluster(cluster: GkeCluster) -> dict[str, Any]:
    groups = cluster.groups()
    return {
        "name": cluster.name,
        "location": cluster.location,
        "locations": sorted({group.zone for group in groups}),
        "status": cluster.status,
        "endpoint": cluster.endpoint,
        "masterAuth": {"clusterCaCertificate": base64.b64encode(cluster.ca_certificate).decode()},
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"allowExternalTraffic": False},
            "ipEndpointsConfig": {"enabled": True, "enablePublicEndpoint": True, "publicEndpoint": cluster.endpoint},
        },
        "autopilot": {"enabled": True} if cluster.autopilot else {},
        "currentMasterVersion": _VERSION,
        "nodePools": [
            _pool(cluster, pool, tuple(members)) for pool, members in groupby(groups, key=lambda group: group.pool)
        ],
        "selfLink": f"https://container.googleapis.com/v1/{cluster.path}",
    }


def _operation(cluster: GkeCluster, number: int, path: str) -> dict[str, Any]:
    operation = cluster.operations[number]
    name = f"operation-176449000{number}-0a1b2c3d"
    pool = f"/nodePools/{operation.pool}" if operation.pool else ""
    node = f"/node/{operation.node}" if operation.node else ""
    return {
        "name": name,
        "operationType": operation.kind,
        "status": operation.status,
        "selfLink": f"https://container.googleapis.com/v1/{path}/operations/{name}",
        "targetLink": f"https://container.googleapis.com/v1/{cluster.path}{pool}{node}",
    }


def _pool(cluster: GkeCluster, pool: str, groups: tuple[Group, ...]) -> dict[str, Any]:
    machine = groups[0].made_as
    limits = cluster.autoscaled.get(pool)
    return {
        "name": pool,
        "status": cluster.pool_status.get(pool, "RUNNING"),
        "version": _VERSION,
        "config": {
            "serviceAccount": "default" if machine.service_account.endswith(_DEFAULT) else machine.service_account,
            "oauthScopes": list(machine.scopes),
            **({"spot": True} if machine.spot else {}),
        },
        **({"autoscaling": _autoscaling(limits)} if limits else {}),
        "locations": [group.zone for group in groups],
        "instanceGroupUrls": [f"{COMPUTE}/{group.path}" for group in groups],
        "selfLink": f"https://container.googleapis.com/v1/{cluster.path}/nodePools/{pool}",
    }


def _autoscaling(limits: Autoscaled) -> dict[str, Any]:
    """The numbers of each zone, or those of all: never both (NodePoolAutoscaling)."""
    if limits.least_of_all:
        return {"enabled": True, "totalMinNodeCount": limits.least_of_all, "totalMaxNodeCount": limits.most}
    return {"enabled": True, "minNodeCount": limits.least, "maxNodeCount": limits.most}
