"""Google's own APIs: GKE, Compute Engine, IAM and Artifact Registry."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from functions.model.google import GkeCluster, Group, Instance, Member
from functions.model.names import ClusterKey, ImageRef, InstanceRef, Repository
from functions.model.policy import AllowPolicy
from functions.ports.cluster import Cluster
from functions.ports.guard import Guard, unguarded


class Gke(Protocol):
    def cluster(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        """As it was a minute ago at most, or where it is asked `anew`, as it is now; without its operations.

        Raises Refused where it does not exist or may not be read, Retryable where there is no answer.
        """

    def at_work(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        """As `cluster`, with the operations that are under way: another call, and another right, than its pools."""

    def connect(self, key: ClusterKey) -> Cluster:
        """The cluster's Kubernetes API with a token of our own that stays fresh."""


class Instances(Protocol):
    """Reading machines: light, for whatever needs no renewal."""

    def get(self, ref: InstanceRef) -> Instance | None: ...


class Groups(Protocol):
    """What the instance group managers of a cluster say."""

    def members(self, group_url: str) -> dict[InstanceRef, Member]:
        """The machines that an instance group manager lists. Empty where the group is gone."""

    def group(self, group_url: str) -> Group | None: ...


class Compute(Protocol):
    """Renewing machines: heavy to load, so built only when a renewal is due.

    Which machine bears the name now is looked at first, which may take its time; only then the `guard` is asked.
    """

    def was_asked(self, instance: Instance, request_id: str) -> bool:
        """Whether Compute has an operation of this requestId, in whatever state."""

    def reset(self, instance: Instance, request_id: str, guard: Guard = unguarded) -> None:
        """Hard-reset and wait for the operation. The same `request_id` never resets twice (Compute's requestId).

        Raises Refused where the machine is gone or the operation failed, Retryable where the answer did not
        come: ask again with the same id.
        """

    def recreate(self, instance: Instance, group_url: str, request_id: str, guard: Guard = unguarded) -> None:
        """Have its group recreate it. Returns, and raises, as `reset`; the machine is only marked for it by then."""

    def stop(self, instance: Instance, group_url: str, request_id: str, guard: Guard = unguarded) -> None:
        """Have its group stop it, which moves it from the group's target size to its target stopped size.

        Returns, and raises, as `recreate`.
        """

    def start(self, instance: Instance, group_url: str, request_id: str, guard: Guard = unguarded) -> None:
        """Have its group start what it has stopped, which moves it back. Returns, and raises, as `recreate`."""


class Access(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessAnswer:
    """`policies` are those that were read on the way, for what else they say."""

    access: Access
    evidence: str
    forbidden: bool = False  # by a deny policy, whatever is granted
    denied_at: str = ""  # the resource with that policy: projects/P, folders/F, organizations/O; "" where unreadable
    proven: bool = False  # a fresh token of the account read the manifest
    granted_at: str = ""  # the resource with an unconditional binding of the account itself, where one was seen
    policies: tuple[AllowPolicy, ...] = ()


class Iam(Protocol):
    def may_pull(self, account: str, repository: Repository) -> AccessAnswer:
        """Whether `account` has artifactregistry.repositories.downloadArtifacts there.

        Never raises for a refusal: that is UNKNOWN with its evidence.
        """

    def default_account(self, project: str) -> str:
        """The project's Compute Engine default service account, which GKE calls `default`.

        Raises Refused where the project may not be read, and Retryable.
        """


class Impersonation(Protocol):
    def token(self, account: str, scopes: tuple[str, ...]) -> str:
        """A fresh access token of the service account, with these OAuth scopes and a short life.

        Raises Refused where that is not permitted, and Retryable.
        """


class GrantLog(Protocol):
    def last_change(self, repository: Repository, account: str, *, since: datetime) -> datetime | None:
        """When the audit log last saw access change since then, on the repository or its project.

        That is `account` being given something, or a deny policy that was changed.

        Raises Refused where the log may not be read, and Retryable.
        """


class Presence(StrEnum):
    EXISTS = "exists"
    MISSING = "missing"
    WRONG_PLATFORM = "wrong-platform"
    UNKNOWN = "unknown"  # no access of our own, an outage, throttled


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageAnswer:
    presence: Presence
    evidence: str
    digest: str = ""
    denied: bool = False  # 403: whoever asked may not read the repository


class Registry(Protocol):
    def image(self, image: ImageRef, *, os: str, architecture: str, token: str = "") -> ImageAnswer:
        """Whether the image exists for the platform, by the registry's own v2 API; for "" it is there for any.

        `token` is somebody's access token; "" asks with the function's own identity. Never raises.
        """


class ComputeFactory(Protocol):
    def __call__(self) -> Compute:
        """Builds the client on first use and returns the same one afterwards."""
