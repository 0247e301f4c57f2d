"""Nodes of every kind that a diagnosis tells apart.

Their kubelets do nothing by themselves: pods lie there as written.
"""

from sandbox import deployment
from sandbox.google.hierarchy import Hierarchy
from sandbox.world import World

HERE, THERE = "gke-main-apps-1", "gke-main-apps-2"
NARROW, LONE, BARRED, STOCK, WINDOWS = (
    f"gke-main-{pool}-1" for pool in ("narrow", "lone", "barred", "stock", "windows")
)
FOREIGN, UNPOOLED, UNMADE = "gke-main-foreign-1", "gke-main-unpooled-1", "gke-main-unmade-1"
LONER, BARRED_ONE = (f"{name}@{deployment.PROJECT}.iam.gserviceaccount.com" for name in ("lone", "barred"))
STOCK_ONE = f"{Hierarchy.number(f'projects/{deployment.PROJECT}')}-compute@developer.gserviceaccount.com"
"""The project's Compute Engine default account."""
DENIAL = (BARRED_ONE, "artifactregistry.repositories.downloadArtifacts", f"projects/{deployment.PROJECT}")
"""The rule of a deny policy."""

_ZONE = "us-central1-a"
_POOL = "cloud.google.com/gke-nodepool"
_SCOPE = "https://www.googleapis.com/auth/"
_MACHINES = (
    (HERE, "apps", deployment.NODES, "cloud-platform"),
    (THERE, "apps", deployment.NODES, "cloud-platform"),
    (NARROW, "narrow", deployment.NODES, "logging.write"),
    (LONE, "lone", LONER, "cloud-platform"),
    (BARRED, "barred", BARRED_ONE, "cloud-platform"),
    (STOCK, "stock", STOCK_ONE, "cloud-platform"),
)
_NODES = (
    *((name, pool, deployment.PROJECT, "linux") for name, pool, _, _ in _MACHINES),
    (WINDOWS, "apps", deployment.PROJECT, "windows"),
    (FOREIGN, "apps", "somebody-else", "linux"),
    (UNPOOLED, "made-up", deployment.PROJECT, "linux"),
    (UNMADE, "apps", deployment.PROJECT, "linux"),
)
"""Name, pool, project, operating system: what a Node object claims."""


async def make(world: World) -> None:
    """The machines and the nodes, and the policy that denies one of their accounts what a role would allow it."""
    world.policies.deny(*DENIAL)
    for name, pool, account, scope in _MACHINES:
        world.fleet.add(name=name, zone=_ZONE, pool=pool, service_account=account, scopes=(f"{_SCOPE}{scope}",))
    for name, pool, project, system in _NODES:
        node = {"metadata": {"name": name, "labels": {_POOL: pool}}}
        await world.admin.create("nodes", node | {"spec": {"providerID": f"gce://{project}/{_ZONE}/{name}"}})
        info = {"operatingSystem": system, "architecture": "amd64"}
        await world.admin.patch("nodes/status", name, {"status": {"nodeInfo": info}})
