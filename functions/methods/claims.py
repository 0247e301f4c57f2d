"""Who else sets a Deployment's replicas: whoever does would undo an outage of ours, or be undone by its end. Pure."""

from collections.abc import Callable

from functions.methods.outage import Outage
from functions.model.workload import Deployment
from functions.replicas import SCALED_BY

_GITOPS = (
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
    ("configmanagement.gke.io/managed", "Config Sync"),
)
"""Labels and annotations by which these tools know what is theirs, as their documentations give them."""

_RUN_BY_HAND = ("kubectl", "helm", "terraform", "hashicorp", "googlecloudconsole", "repull")
"""How the field managers of tools begin that write once, when a person or a pipeline runs them, and never by
themselves; and our own."""

Claim = Callable[[Deployment, Outage], str]


def earlier_refresh(found: Deployment, outage: Outage) -> str:
    """Its count is noted, and what it has now is not its own."""
    by = found.labels.get(SCALED_BY, outage.refresh)
    return "" if by == outage.refresh else f"still scaled by {by}, which the sweep undoes"


def autoscaler(found: Deployment, outage: Outage) -> str:
    """KEDA works through one, too."""
    by = next((each for each in outage.autoscalers if each.scales(found)), None)
    if by is None:
        return ""
    made_by = f", of {by.owner.kind} {by.owner.name}" if by.owner else ""
    return f"scaled by HorizontalPodAutoscaler {by.name}{made_by}"


def operator(found: Deployment, _: Outage) -> str:
    """Whatever made it brings it back to what it should be."""
    return f"managed by {found.owner.kind} {found.owner.name}" if found.owner else ""


def gitops(found: Deployment, _: Outage) -> str:
    """What is in the repository would be applied again in the middle of the outage."""
    names = {tool: key for key, tool in _GITOPS if key in found.labels or key in found.annotations}
    return ", ".join(f"managed by {tool} ({key})" for tool, key in names.items())


def field_manager(found: Deployment, outage: Outage) -> str:
    """A program that nobody started by hand, or one that has declared the replicas its own."""
    if autoscaler(found, outage) or found.owner or gitops(found, outage):
        return ""  # the same said twice
    theirs = sorted({each.name for each in found.managers if each.applies or not _by_hand(each.name)})
    return f"given its replicas by {', '.join(theirs)} (metadata.managedFields)" if theirs else ""


def _by_hand(name: str) -> bool:
    return name.casefold().startswith(_RUN_BY_HAND)


CLAIMS: tuple[Claim, ...] = (earlier_refresh, autoscaler, operator, gitops, field_manager)


def claims(found: Deployment, outage: Outage) -> tuple[str, ...]:
    """Everybody who has one; () where the count is only its own."""
    return tuple(said for claim in CLAIMS if (said := claim(found, outage)))
