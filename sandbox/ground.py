"""What differs from ring to ring: where the cluster, its images and its machines come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.endpoint import Endpoint
from sandbox.foundation import Foundation
from sandbox.kube.client import KubeClient
from sandbox.machines.fleet import Fleet
from sandbox.registry.store import ImageStore
from sandbox.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A running API server with its controllers, and the product's own manifests applied."""

    api: Endpoint
    front: Endpoint  # what GKE names: whatever comes in here is written into the books, and faults strike it
    kubeconfig: Path  # the administrator's
    admin: KubeClient
    view: View
    audit: Path | None = None  # what the API server itself wrote about each request, where it does


class Ground(Protocol):
    """One for each ring."""

    async def cluster(self, foundation: Foundation) -> Cluster:
        """Returns when it can be used."""

    async def images(self, foundation: Foundation) -> ImageStore:
        """Where the registry's images lie. There are none yet."""

    async def fleet(self, foundation: Foundation, cluster: Cluster, registry_url: str) -> Fleet:
        """Without machines yet."""
