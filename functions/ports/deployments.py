"""Deployments of one cluster, as far as their replicas go, and whether they may be changed."""

from typing import Protocol

from functions.model.cluster import Pod
from functions.model.workload import Autoscaler, Deployment, Scaling


class Deployments(Protocol):
    def get(self, namespace: str, name: str) -> Deployment | None: ...

    def carrying(self, label: str, value: str = "", *, limit: int) -> tuple[Deployment, ...]:
        """Those that carry a label of this key, with this value or ("") with any, at most `limit`."""

    def change(self, found: Deployment, scaling: Scaling) -> Deployment:
        """One PATCH that holds only against `found.resource_version`.

        Raises Conflict, NotFound where the Deployment is gone, and Refused where an admission webhook says no.
        """

    def pods(self, found: Deployment) -> tuple[Pod, ...]:
        """The pods that it selects, paged."""

    def autoscalers(self, namespace: str) -> tuple[Autoscaler, ...]:
        """The namespace's HorizontalPodAutoscalers."""


class Rights(Protocol):
    def may_scale(self, found: Deployment) -> bool:
        """Whether the account that would do it has the right to; asking changes nothing.

        Raises Retryable where the server could not decide it.
        """
