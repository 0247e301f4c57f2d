"""What differs from ring to ring: where the cluster, its registry and its machines come from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.contracts import NodeFleet, Registry
from sandbox.foundation import Foundation
from sandbox.kube.client import KubeClient
from sandbox.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A running API server with its controllers, and the product's own manifests applied."""

    url: str  # as GKE names it: what comes in here is written into the books, and faults strike it
    ca: Path
    kubeconfig: Path  # the administrator's
    admin: KubeClient
    view: View
    connect: Callable[[str], KubeClient]  # for a bearer token: the kubelets' way in


class Ground(Protocol):
    """One for each ring."""

    async def cluster(self, foundation: Foundation) -> Cluster:
        """Returns when it can be used."""

    async def registry(self, foundation: Foundation) -> Registry:
        """It is up."""

    def fleet(self, foundation: Foundation, cluster: Cluster, registry: Registry) -> NodeFleet:
        """Without machines yet."""
