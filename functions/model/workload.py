"""Deployments as we see them: what scaling them to zero and back needs, and who else sets their replicas."""

from dataclasses import dataclass, field

from functions.model.cluster import Owner
from functions.model.placement import Requirement


@dataclass(frozen=True, kw_only=True, slots=True)
class Manager:
    """A program that the API server has seen set `spec.replicas` (metadata.managedFields)."""

    name: str
    applies: bool = False  # by server-side apply: it has declared the field its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """A Deployment at one `resource_version`."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    replicas: int = 1
    selector: tuple[Requirement, ...] = ()
    owner: Owner | None = None  # the object whose controller made it, as an operator does
    managers: tuple[Manager, ...] = ()  # of its replicas
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """A partial change of a Deployment; `replicas` None stays. A label or annotation with value None is removed."""

    replicas: int | None = None
    labels: dict[str, str | None] = field(default_factory=dict)
    annotations: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Autoscaler:
    """A HorizontalPodAutoscaler and what it scales. One of KEDA's belongs to a ScaledObject."""

    namespace: str
    name: str
    kind: str
    target: str
    owner: Owner | None = None

    def scales(self, found: Deployment) -> bool:
        return (self.namespace, self.kind, self.target) == (found.namespace, "Deployment", found.name)
