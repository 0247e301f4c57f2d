"""What Google says of a cluster: its node pools (Container API), its machines and their groups (Compute API)."""

from collections.abc import Collection
from dataclasses import dataclass

from functions.model.names import GroupRef, InstanceRef

DEFAULT = "default"
"""The project's Compute Engine default account, as a node pool names it (NodeConfig.serviceAccount, Container API)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Autoscaling:
    """How few nodes a pool's autoscaler leaves (NodePoolAutoscaling, Container API): in each zone, or of all."""

    least_per_zone: int = 0
    least: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePool:
    name: str
    service_account: str  # or DEFAULT
    scopes: tuple[str, ...] = ()
    group_urls: tuple[str, ...] = ()  # its instance group managers, one per zone
    status: str = "RUNNING"
    autoscaling: Autoscaling | None = None  # None where no autoscaler is at work

    @property
    def zones(self) -> frozenset[str]:
        """Where it has nodes, as its groups say."""
        return frozenset(found.zone for url in self.group_urls if (found := GroupRef.from_url(url)))

    def runs_as(self, account: str) -> bool:
        """DEFAULT is any project's: whose, only a machine tells."""
        if self.service_account == DEFAULT:
            return account.endswith("-compute@developer.gserviceaccount.com")
        return self.service_account == account


RECONCILING = "RECONCILING"
"""The status of a cluster or a pool that GKE is at work on, such as an upgrade; it passes (Container API)."""


@dataclass(frozen=True, kw_only=True, order=True, slots=True)
class Operation:
    """What GKE is at work on (operations.list): a pool, or the cluster as a whole.

    A repair of nodes goes on beside others, and leaves its pool RUNNING (AUTO_REPAIR_NODES, Container API).
    """

    pool: str  # "" where it is the cluster
    kind: str  # UPGRADE_NODES, AUTO_REPAIR_NODES, SET_NODE_POOL_SIZE, …

    def __str__(self) -> str:
        return f"node pool {self.pool} ({self.kind})" if self.pool else f"the cluster ({self.kind})"


@dataclass(frozen=True, kw_only=True, slots=True)
class GkeCluster:
    """What GKE says about a cluster (clusters.get)."""

    status: str = "RUNNING"
    autopilot: bool = False
    pools: tuple[NodePool, ...] = ()
    operations: tuple[Operation, ...] = ()  # under way; () where nobody has asked

    def running_as(self, account: str) -> tuple[NodePool, ...]:
        """The pools of this account, or all where none is given."""
        return tuple(pool for pool in self.pools if not account or pool.runs_as(account))

    def at_work_on(self, pools: Collection[str]) -> tuple[Operation, ...]:
        """The operations that concern one of these pools, as those on the whole cluster do."""
        return tuple(each for each in self.operations if not each.pool or each.pool in pools)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """A machine as Compute Engine sees it: the ground truth on account, scopes and disks."""

    ref: InstanceRef
    id: str
    status: str
    service_account: str = ""
    scopes: tuple[str, ...] = ()
    spot: bool = False  # or preemptible, as it was called before
    local_ssds: tuple[str, ...] = ()  # device names
    regional_disks: tuple[str, ...] = ()  # names of persistent disks that exist in two zones


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A machine as its instance group manager lists it (ManagedInstance in the Compute API)."""

    group: str  # URL of the manager
    id: str  # "" while the machine does not exist
    status: str = "RUNNING"
    action: str = "NONE"  # what the group does to it: RECREATING, STOPPING, …
    template: str = ""  # URL of the instance template that it was made from


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """What an instance group manager says of itself."""

    template: str = ""  # URL of the instance template that it makes machines from
    most_disruptive: str = ""  # updatePolicy.mostDisruptiveAllowedAction; "" where it says nothing
    standby_mode: str = ""  # standbyPolicy.mode; "" where it says nothing
    target_size: int = 0  # machines that should run
    target_stopped_size: int = 0
