"""One cluster's Kubernetes API."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from functions.model.cluster import Attachment, Budget, Node, NodeChange, Owner, Pod, PullSecret, ServiceAccount
from functions.model.names import ClusterKey, Repository
from functions.model.refresh import Refresh, RefreshSpec, RefreshStatus
from functions.ports.deployments import Deployments, Rights
from functions.ports.guard import Guard, unguarded
from functions.ports.memory import Memory, Stops


class Nodes(Protocol):
    def get(self, name: str) -> Node | None: ...

    def candidates(self, *, pools: tuple[str, ...], not_marked: str, limit: int) -> tuple[Node, ...]:
        """Nodes of these pools without the label `repull.dev/refresh=<not_marked>`, at most `limit`: one request.

        Whatever the cluster's size.
        """

    def of_pool(self, pool: str, *, zone: str = "", limit: int) -> tuple[Node, ...]:
        """Nodes of this pool, in this zone or ("") in any, at most `limit`: one request."""

    def carrying(self, label: str, value: str = "", *, but: Collection[str] = (), limit: int) -> tuple[Node, ...]:
        """Nodes that carry a label of this key, with this value or ("") with any `but` these, at most `limit`."""

    def unlabelled(self, *, limit: int) -> tuple[Node, ...]:
        """Nodes that bear a cordon of ours without its label, which somebody has taken off, at most `limit`.

        They are among those that are kept from load balancers, of which only the metadata is listed.
        """

    def some(self, *, limit: int) -> tuple[Node, ...]:
        """Nodes of the cluster, whichever, at most `limit`: one request."""

    def count(self, *, pools: tuple[str, ...], most: int | None = None) -> int:
        """How many there are, by a paged, metadata-only list that ends at `most`."""

    def change(self, node: Node, change: NodeChange) -> Node:
        """One PATCH that holds only against `node.resource_version`.

        Raises Conflict, and NotFound where the node is gone.
        """

    def follow(self, name: str, *, seconds: float) -> Iterator[Node | None]:
        """The node now, then after every change; None while it does not exist. Ends quietly after `seconds`."""


class Eviction(StrEnum):
    """What the Eviction API answered."""

    EVICTED = "evicted"  # accepted: the pod now terminates with its own grace
    GONE = "gone"  # 404, or another pod under the same name (uid precondition)
    BLOCKED = "blocked"  # 429: a disruption budget says wait
    NAMESPACE_TERMINATING = "namespace-terminating"  # 403 with that cause: it goes anyway
    MISCONFIGURED = "misconfigured"  # 500: more than one budget selects the pod


@dataclass(frozen=True, kw_only=True, slots=True)
class EvictionAnswer:
    eviction: Eviction
    message: str = ""


class Pods(Protocol):
    def get(self, namespace: str, name: str) -> Pod | None: ...

    def on_node(self, node: str) -> tuple[Pod, ...]:
        """Every pod bound to the node, paged."""

    def pending(self, *, limit: int) -> tuple[Pod, ...]:
        """Pods in phase Pending, cluster-wide, at most `limit`."""

    def unplaced(self, *, limit: int) -> tuple[Pod, ...]:
        """Those of them that are bound to no node, at most `limit`: one request."""

    def using(self, repository: Repository, *, limit: int) -> tuple[Pod, ...]:
        """Pods that name an image of the repository, at most `limit`, found among at most a bounded number of pods."""

    def probes(self, refresh: str = "") -> tuple[Pod, ...]:
        """The probes that this refresh, or ("") anybody, has made and that are still there."""

    def evict(self, pod: Pod) -> EvictionAnswer:
        """Ask for eviction, bound to the pod's uid."""

    def delete(self, pod: Pod, *, grace_seconds: int | None = None) -> None:
        """Delete, bound to the uid; gone, or another pod under that name, is an answer."""

    def create(self, manifest: dict[str, Any]) -> Pod:
        """Create. Raises Conflict where the name is taken, Refused where admission said no."""

    def follow(self, namespace: str, name: str, *, seconds: float) -> Iterator[Pod | None]:
        """The pod now, then after every change; None while it does not exist. Ends quietly after `seconds`."""

    def await_change(self, node: str, *, seconds: float) -> None:
        """Return when any pod of the node changes, or after `seconds`."""

    def log(self, pod: Pod, container: str, *, since_seconds: int | None = None) -> str:
        """What its present run has written, or has of late, by its node's clock; "" where there is no log (yet)."""


class View(Protocol):
    """A node, its pods, and those of controllers, as watches keep them: a look costs no request.

    The first look at each waits for a list. Every look raises what a list would raise.
    """

    def node(self) -> Node | None: ...

    def pods(self) -> tuple[Pod, ...]:
        """Every pod bound to the node, by namespace and name."""

    def meet(self, pods: Iterable[Pod]) -> tuple[Pod, ...]:
        """All pods of the controllers that own these. Keep them in view.

        It costs as much as there are of them, however large their namespaces are; where one is of a StatefulSet, as
        there are of all StatefulSets in its namespace.
        """

    def siblings(self) -> tuple[Pod, ...]:
        """The pods of all controllers that were met."""

    def wait(self, seconds: float) -> None:
        """Return when anything in view has changed since the last wait, or after so many seconds."""


class Views(Protocol):
    def around(self, node: str) -> AbstractContextManager[View]:
        """A view of the node, for as long as it is entered."""


class Workloads(Protocol):
    def daemon_set_exists(self, namespace: str, name: str) -> bool: ...

    def deployment_of(self, namespace: str, replica_set: str) -> Owner | None:
        """The Deployment that owns the ReplicaSet; None where none does."""

    def annotations(self, namespace: str, owner: Owner) -> dict[str, str]:
        """The annotations of a Deployment, StatefulSet or DaemonSet; {} where it is gone."""

    def pods(self, namespace: str, owner: Owner) -> tuple[Pod, ...]:
        """The pods that a Deployment, StatefulSet or DaemonSet selects, paged; () where it is gone."""

    def service_account(self, namespace: str, name: str) -> ServiceAccount | None: ...

    def pull_secret(self, namespace: str, name: str) -> PullSecret | None:
        """Raises Refused where it may not be read, which is the rule."""

    def budgets(self, namespace: str) -> tuple[Budget, ...]: ...

    def attached_volumes(self, node: str) -> tuple[Attachment, ...]:
        """The VolumeAttachments that name the node."""

    def volume_of(self, namespace: str, claim: str) -> str:
        """The PersistentVolume that the claim is bound to; "" where it is bound to none, or gone.

        Raises Refused where the installation's role is older than this right.
        """


class Refreshes(Protocol):
    def get(self, name: str) -> Refresh | None: ...

    def create(self, name: str, spec: RefreshSpec) -> Refresh | None:
        """A new NodeRefresh; None where one of that name exists already."""

    def write(self, refresh: Refresh, status: RefreshStatus) -> Refresh:
        """Replace the status against `refresh.resource_version`.

        Raises Conflict, and NotFound where the object was deleted.
        """

    def all(self) -> tuple[Refresh, ...]:
        """All that this version can read."""

    def delete(self, refresh: Refresh) -> None:
        """Gone already is an answer."""


class Leases(Protocol):
    def take(self, holder: str, guard: Guard = unguarded) -> str:
        """Take the cluster's lease for `holder` (a refresh's name), or keep it; answers who holds it now.

        `guard` is asked right before each try to write, since a lost race is tried again. Raises what it raises, and
        Retryable after losing many races in a row.
        """

    def holder(self) -> str:
        """Who has it now; "" where nobody does."""

    def steal(self, holder: str, *, from_holder: str) -> bool:
        """Take it from a holder that is over or gone; False where somebody else has it by now."""

    def release(self, holder: str) -> None:
        """Give it back; held by somebody else, or not there, is an answer."""


class Announcer(Protocol):
    """Kubernetes Events, so that `kubectl describe` tells the story. Never fails and never delays a run."""

    def on_node(self, node: Node, reason: str, message: str, *, warning: bool = False) -> None: ...

    def on_refresh(self, refresh: Refresh, reason: str, message: str, *, warning: bool = False) -> None: ...

    def on_pod(self, pod: Pod, reason: str, message: str, *, topic: str, warning: bool = False) -> None:
        """On the pod, and on its controller, which outlives it.

        The same `topic` again is counted, in the words of the last time.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Everything of one cluster's Kubernetes API."""

    key: ClusterKey
    nodes: Nodes
    pods: Pods
    views: Views
    workloads: Workloads
    deployments: Deployments
    rights: Rights
    refreshes: Refreshes
    leases: Leases
    memory: Memory
    stops: Stops
    announcer: Announcer
