"""What a pod's spec says about where it may be put, in our own words, and how much room it takes there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_SCHEDULER = "default-scheduler"

PLACES = "pods"
"""Among the amounts of a node: how many pods it takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """One row of a selector. `operator` is In, NotIn, Exists or DoesNotExist; of nodes also Gt or Lt."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """As the API server and the scheduler do it: NotIn and DoesNotExist hold where the label is missing."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case "Gt" | "Lt":
                return self._compares(labels.get(self.key, ""))
            case _:
                return False

    def _compares(self, text: str) -> bool:
        try:
            value, bound = int(text), int(*self.values)
        except (ValueError, TypeError):
            return False
        return value > bound if self.operator == "Gt" else value < bound


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeTerm:
    """One of several ways in which a node may suit a pod; without any row it suits none (core/v1)."""

    labels: tuple[Requirement, ...] = ()
    name: tuple[Requirement, ...] = ()  # about metadata.name, the only field that may be selected


@dataclass(frozen=True, kw_only=True, slots=True)
class Toleration:
    """No key, with Exists, is every taint; no effect is every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """A required anti-affinity to pods of the pod's own namespace: none of them in the same domain of the topology."""

    topology: str  # the label of nodes that tells the domains
    selector: tuple[Requirement, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Amounts are in millicores of cpu, and else in ones: bytes, devices."""

    requests: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    preempts: bool = True  # pods of a lower priority
    scheduler: str = DEFAULT_SCHEDULER
    selector: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[NodeTerm, ...] | None = None  # a required node affinity; None where there is none
    tolerations: tuple[Toleration, ...] = ()
    apart: tuple[Apart, ...] = ()
