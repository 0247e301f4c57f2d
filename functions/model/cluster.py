"""Nodes, pods and budgets as we see them: only what decisions need, in our own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.model.names import InstanceRef
from functions.model.placement import Needs, Requirement

LABEL_VALUE = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
"""What an API server takes as the value of a label, "" aside (apimachinery, validation.go: IsValidLabelValue)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    key: str
    effect: str  # NoSchedule, PreferNoSchedule, NoExecute
    value: str = ""
    time_added: str = field(default="", compare=False)  # as another controller wrote it, kept when the list is written

    @property
    def keeps_off(self) -> bool:
        """Whether no new pod is put behind it that does not tolerate it; else a scheduler only avoids it."""
        return self.effect in ("NoSchedule", "NoExecute")


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A Node object at one `resource_version`."""

    name: str
    uid: str
    resource_version: str
    provider_id: str = ""
    boot_id: str = ""
    created: datetime
    unschedulable: bool = False
    ready: bool = False
    heartbeat: datetime | None = None  # last heartbeat of the Ready condition
    os: str = "linux"
    architecture: str = "amd64"
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    allocatable: Mapping[str, int] = field(default_factory=dict)  # as the amounts of `Needs`

    @property
    def instance(self) -> InstanceRef | None:
        return InstanceRef.from_provider_id(self.provider_id)

    @property
    def pool(self) -> str:
        """The GKE node pool, from the label that GKE sets; "" where it is not set."""
        return self.labels.get("cloud.google.com/gke-nodepool", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeChange:
    """A partial change of a Node; what is None stays. A label or annotation with value None is removed."""

    unschedulable: bool | None = None
    labels: dict[str, str | None] = field(default_factory=dict)
    annotations: dict[str, str | None] = field(default_factory=dict)
    taints: tuple[Taint, ...] | None = None  # the whole new list


class ContainerKind(StrEnum):
    INIT = "init"
    REGULAR = "regular"
    EPHEMERAL = "ephemeral"


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One container's spec and state together. `image` is as the pod's spec says it."""

    name: str
    image: str
    kind: ContainerKind = ContainerKind.REGULAR
    pull_policy: str = "IfNotPresent"
    image_id: str = ""  # set once the kubelet has the image
    ready: bool = False
    waiting_reason: str = ""
    waiting_message: str = ""
    running_since: datetime | None = None
    terminated_reason: str = ""
    terminated_at: datetime | None = None  # when it last ended

    @property
    def has_run(self) -> bool:
        """Whether it runs, or has."""
        return self.running_since is not None or self.terminated_at is not None or bool(self.terminated_reason)

    @property
    def fails_to_pull(self) -> bool:
        return self.waiting_reason in ("ErrImagePull", "ImagePullBackOff")

    @property
    def lacks_image(self) -> bool:
        """For whatever reason: the kubelet's other words (its images/types.go), and what a runtime may answer."""
        return self.fails_to_pull or self.waiting_reason in (
            "ErrImageNeverPull",
            "ImageInspectError",
            "InvalidImageName",
            "RegistryUnavailable",
            "SignatureValidationFailed",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The controller that owns a pod (ownerReferences with controller=true)."""

    kind: str
    name: str
    uid: str
    api_version: str = "apps/v1"


_MIRROR = "kubernetes.io/config.mirror"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pod:
    namespace: str
    name: str
    uid: str
    node: str = ""
    phase: str = "Pending"
    reason: str = ""  # status.reason, e.g. OutOfcpu, Evicted
    message: str = ""
    created: datetime
    started: datetime | None = None  # status.startTime: when the kubelet accepted it
    deleting_since: datetime | None = None  # deletionTimestamp: already includes the grace period
    owner: Owner | None = None
    service_account: str = "default"
    pull_secrets: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    local_volumes: tuple[str, ...] = ()  # names of emptyDir volumes, memory-backed ones included
    claims: tuple[str, ...] = ()  # names of the PersistentVolumeClaims that its volumes are of, its own among them
    containers: tuple[Container, ...] = ()
    needs: Needs = field(default_factory=Needs)
    ready: bool = False

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def finished(self) -> bool:
        return self.phase in ("Succeeded", "Failed")

    @property
    def keeps_data(self) -> bool:
        """Whether there may be something in an emptyDir of it, which is empty until one of its containers has run."""
        return bool(self.local_volumes) and any(each.has_run for each in self.containers)

    @property
    def living(self) -> bool:
        """Neither finished nor on its way out."""
        return not self.finished and self.deleting_since is None

    @property
    def is_mirror(self) -> bool:
        """A static pod's copy in the API: the kubelet's own, never evicted."""
        return _MIRROR in self.annotations

    def is_called(self, uid: str) -> bool:
        """Whether it is the pod that an event names by this uid.

        Of a static pod a kubelet's events name the uid that it made itself, which the copy carries (mirror_client.go).
        """
        return uid in (self.uid, self.annotations.get(_MIRROR))


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceAccount:
    namespace: str
    name: str
    pull_secrets: tuple[str, ...] = ()
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PullSecret:
    """A Secret that a pod or its service account names; `data` as the API has it, base64, and never printed."""

    name: str
    type: str
    data: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A VolumeAttachment. `volume` is the PersistentVolume; "" where a pod names its disk itself."""

    name: str
    volume: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A PodDisruptionBudget. A selector without a row selects every pod of the namespace (policy/v1)."""

    namespace: str
    name: str
    selector: tuple[Requirement, ...] = ()
    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0
    always_evict_unhealthy: bool = False  # unhealthyPodEvictionPolicy: AlwaysAllow
    uncounted: str = ""  # why its controller can't tell how many pods there should be

    def selects(self, pod: Pod) -> bool:
        return pod.namespace == self.namespace and all(row.matches(pod.labels) for row in self.selector)
