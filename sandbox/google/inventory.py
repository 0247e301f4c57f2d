"""What exists in the simulated projects: clusters, their machines by pool and group, and other people's machines."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.contracts import Fleet, Machine

COMPUTE = "https://www.googleapis.com/compute/v1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """One managed instance group: the machines of one pool in one zone, as GKE makes them. It may be empty."""

    project: str
    zone: str
    pool: str
    name: str
    machines: tuple[Machine, ...]
    made_as: Machine  # what a new member of it is like
    paginated: bool = False  # Compute's default: the whole group in one answer
    says: dict[str, Any] = field(default_factory=dict)  # more of what instanceGroupManagers.get answers

    @property
    def template(self) -> str:
        """The URL of the template that its machines were made from."""
        return f"{COMPUTE}/projects/{self.project}/global/instanceTemplates/{self.name.removesuffix('-grp')}"

    @property
    def path(self) -> str:
        return f"projects/{self.project}/zones/{self.zone}/instanceGroupManagers/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Autoscaled:
    """A pool whose nodes come and go; in each zone there are `least` to `most`, or so many of all."""

    least: int = 0
    least_of_all: int = 0  # said, and not kept to
    most: int = 10
    unneeded_seconds: float = 600.0  # simulated, for which a node must have been unneeded before it goes


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """Of GKE: under way, or done."""

    kind: str  # UPGRADE_NODES, AUTO_REPAIR_NODES, …
    pool: str = ""  # "" where it is the whole cluster
    node: str = ""  # that a repair names
    status: str = "RUNNING"


@dataclass(frozen=True, kw_only=True, slots=True)
class GkeCluster:
    """A cluster. A machine of its fleet without a pool belongs to no instance group."""

    project: str
    location: str
    name: str
    endpoint: str  # HOST:PORT of its Kubernetes API
    ca_certificate: bytes  # PEM
    fleet: Fleet
    autopilot: bool = False
    status: str = "RUNNING"  # RECONCILING, ERROR, …
    paginated_groups: bool = False
    pool_status: dict[str, str] = field(default_factory=dict)  # RUNNING unless it says RECONCILING, …
    operations: list[Operation] = field(default_factory=list)
    autoscaled: dict[str, Autoscaled] = field(default_factory=dict)  # by pool
    groups_say: dict[str, dict[str, Any]] = field(default_factory=dict)  # by pool: its groups' policies, …
    _first: dict[tuple[str, str, str], Machine] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def path(self) -> str:
        return f"projects/{self.project}/locations/{self.location}/clusters/{self.name}"

    def groups(self) -> tuple[Group, ...]:
        """Sorted by pool and zone. A pool stays, and so do its groups, when its last machine has gone."""
        members: dict[tuple[str, str, str], list[Machine]] = {key: [] for key in self._first}
        for machine in self.fleet:
            if machine.pool:
                key = (machine.pool, machine.zone, machine.project)
                members.setdefault(key, []).append(machine)
                self._first.setdefault(key, machine)
        return tuple(
            Group(
                project=project,
                zone=zone,
                pool=pool,
                name=self._group_name(pool, zone),
                machines=tuple(machines),
                made_as=self._first[pool, zone, project],
                paginated=self.paginated_groups,
                says=self.groups_say.get(pool, {}),
            )
            for (pool, zone, project), machines in sorted(members.items(), key=lambda item: item[0])
        )

    def remove_pool(self, pool: str) -> None:
        """And its groups; one that still has machines stays."""
        for key in [each for each in self._first if each[0] == pool]:
            del self._first[key]

    def _group_name(self, pool: str, zone: str) -> str:
        digest = hashlib.sha256(f"{self.path}/{pool}/{zone}".encode()).hexdigest()[:8]
        return f"gke-{self.name}-{pool}-{digest}-grp"


def instance_path(machine: Machine) -> str:
    """Its relative name."""
    return f"projects/{machine.project}/zones/{machine.zone}/instances/{machine.name}"


class Inventory:
    """Clusters may be added while the APIs run."""

    def __init__(self) -> None:
        self.clusters: list[GkeCluster] = []
        self.stopped: set[str] = set()  # relative names of machines that their groups count as stopped
        self.at_work: dict[str, str] = {}  # relative name of a machine -> what its group does to it, by somebody's hand
        self.bystanders: list[Machine] = []  # machines of the projects that no cluster knows

    def cluster(self, path: str) -> GkeCluster | None:
        return next((cluster for cluster in self.clusters if cluster.path == path), None)

    def machine(self, project: str, zone: str, name: str) -> Machine | None:
        for cluster in self.clusters:
            if found := cluster.fleet.find(project, zone, name):
                return found
        wanted = (project, zone, name)
        return next((m for m in self.bystanders if (m.project, m.zone, m.name) == wanted), None)

    def group(self, path: str) -> Group | None:
        return next((group for group in self._groups() if group.path == path), None)

    def group_of(self, machine: Machine) -> Group | None:
        return next((group for group in self._groups() if machine in group.machines), None)

    def _groups(self) -> Iterator[Group]:
        for cluster in self.clusters:
            yield from cluster.groups()
