"""What a machine is made of, as far as Compute and its Node object tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KUBELET = "v1.34.4"
CONTAINERD = "containerd://2.1.5"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """Stays the same over resets and, but for the instance id, over a re-creation."""

    project: str
    zone: str
    name: str
    pool: str
    service_account: str
    scopes: tuple[str, ...] = (CLOUD_PLATFORM,)
    spot: bool = False
    machine_type: str = "e2-standard-4"
    cpu: str = "4"
    memory: str = "16Gi"
    pods: int = 110
    architecture: str = "amd64"
    node_labels: Mapping[str, str] = field(default_factory=dict)
    node_taints: tuple[Mapping[str, str], ...] = ()
    number: int = 1  # gives it addresses of its own

    @property
    def provider_id(self) -> str:
        return f"gce://{self.project}/{self.zone}/{self.name}"

    def pod_ip(self, ordinal: int) -> str:
        """The address of the n-th pod that it starts."""
        return f"10.{4 + self.number // 250}.{self.number % 250}.{ordinal % 250 + 2}"

    @property
    def labels(self) -> dict[str, str]:
        """What GKE puts on the Node."""
        return {
            "cloud.google.com/gke-nodepool": self.pool,
            "cloud.google.com/gke-os-distribution": "cos",
            **({"cloud.google.com/gke-spot": "true"} if self.spot else {}),
            "topology.kubernetes.io/region": self.zone.rpartition("-")[0],
            "topology.kubernetes.io/zone": self.zone,
            "kubernetes.io/hostname": self.name,
            "kubernetes.io/arch": self.architecture,
            "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": self.machine_type,
            **self.node_labels,
        }
