"""What a refresh by hand would do, node by node, before anybody starts it. It only reads.

The function says it in a dry run, and `repull start` shows it to whoever is about to start, with their own rights.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from functions import eligibility, evictions, guards, ownership, probe, pulls, verifiable
from functions.errors import BadInput
from functions.evictions import Fate
from functions.hold import Hold
from functions.messages.steps import Start
from functions.model.cluster import Node, Pod
from functions.model.names import ImageRef
from functions.model.refresh import Method, Refresh, RefreshSpec, RefreshStatus, Slot
from functions.phases import brakes
from functions.phases.neighbours import Neighbours
from functions.phases.preflight import gather
from functions.phases.scope import PENDING_LOOKED_AT, places, scope_pools, size
from functions.ports import Brakes, Cluster, RefreshPorts
from functions.settings import Consent, Settings, Switch, variable
from functions.tidying import Named

PLANNED_NODES = 100

NONE_IN_USE = "the image to probe with, since no pod fails to pull now from Artifact Registry or gcr.io"
OF_A_NODE = (
    "an image of Artifact Registry or gcr.io, with no port in its name, since a renewal mends a node's own identity, "
    "which no other registry is shown"
)


class First(StrEnum):
    """What would be done to a node first."""

    NOTHING = "pass over"  # there is nothing to do on it
    REFUSE = "refuse"
    PROBE = "probe"  # and where it can't pull, renew it; or refuse it, where something speaks against that
    RENEW = "renew"  # whether or not it can pull


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedNode:
    """What would become of one node, and what speaks against its renewal.

    `evicts` are the pods, as namespace/name, that a drain would move now; `scales` the Deployments that would be scaled
    to zero instead.
    """

    node: str
    first: First
    refusals: tuple[str, ...]
    evicts: tuple[str, ...]
    would: str
    warnings: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The first nodes in scope, and how many there are of them all; and what holds the chain now, "" where nothing."""

    refresh: str
    spec: RefreshSpec
    nodes: tuple[PlannedNode, ...]
    total: int
    held: str


def specify(message: Start, cluster: Cluster, settings: Settings) -> RefreshSpec:
    """Fill in what the message left out. Raises BadInput: forbidden by a setting, no such node, no image to try."""
    _permitted(message, settings)
    if message.account and message.nodes:
        raise BadInput(field="account", value=message.account, accepted="account or nodes, not both")
    for name in message.nodes:
        if cluster.nodes.get(name) is None:
            raise BadInput(field="nodes", value=name, accepted="names of nodes that exist; see kubectl get nodes")
    image = message.image or _image_in_use(cluster)
    if image is None or verifiable.lacking(image):
        raise BadInput(
            field="image",
            value=str(image or ""),
            accepted=OF_A_NODE if image else NONE_IN_USE,
            example="us-central1-docker.pkg.dev/acme/apps/api:v1",
        )
    return RefreshSpec(
        cluster=message.cluster,
        account=message.account,
        repository=image.repository,
        image=image,
        method=message.method or settings.method,
        reason=message.reason,
        requested_by=message.requested_by,
        nodes=message.nodes,
        force=message.force,
        delete_bare_pods=message.delete_bare_pods,
        delete_local_storage=message.delete_local_storage,
        delete_local_ssd=message.delete_local_ssd,
        accept_outage=message.accept_outage,
        max_unavailable=message.max_unavailable or settings.max_unavailable,
    )


def plan(name: str, spec: RefreshSpec, cluster: Cluster, ports: RefreshPorts, settings: Settings) -> Plan:
    """What a refresh of this name would do now. The hold is on a refresh that exists nowhere."""
    hold = _nowhere(name, spec, cluster, ports, settings)
    if spec.nodes:
        named = spec.nodes[:PLANNED_NODES]
        found = tuple(node for name in named if (node := cluster.nodes.get(name)) is not None)
    else:
        found = cluster.nodes.candidates(pools=scope_pools(hold), not_marked=name, limit=PLANNED_NODES)
    total = size(hold)
    hold.refresh = replace(hold.refresh, status=replace(hold.status, places=places(spec, total)))
    remembered = cluster.memory.brakes()
    held = brakes.held(hold, remembered)
    neighbours = Neighbours(hold)
    return Plan(
        refresh=name,
        spec=spec,
        nodes=tuple(_planned(hold, node, remembered, neighbours) for node in found),
        total=total,
        held=held.reason if held else "",
    )


def _nowhere(name: str, spec: RefreshSpec, cluster: Cluster, ports: RefreshPorts, settings: Settings) -> Hold:
    """A hold on a refresh that exists nowhere."""
    now = ports.clock.now()
    until = now + timedelta(seconds=settings.budget_seconds)
    slot = Slot(index=0, holder="plan", holder_expires=until)
    refresh = Refresh(
        name=name, uid="", resource_version="", created=now, spec=spec, status=RefreshStatus(slots=(slot,))
    )
    return Hold(refresh=refresh, index=0, holder="plan", cluster=cluster, ports=ports, settings=settings, until=until)


def _after_others(hold: Hold, facts: guards.Preflight) -> guards.Preflight:
    """A refresh that is at work has its own nodes cordoned, and this one waits until it has done."""
    earlier = Named(hold.cluster)  # read after the nodes: a run that is at work moves on from node to node
    left = tuple(node for node in facts.left_cordoned if not earlier.sees_to(node.labels[ownership.CORDONED_BY], node))
    return replace(facts, left_cordoned=left)


def _permitted(message: Start, settings: Settings) -> None:
    """What is forbidden is said first: nobody is told to ask for it."""
    wishes = (
        ("force", "force", message.force, settings.force),
        ("deleteBarePods", "delete_bare_pods", message.delete_bare_pods, settings.delete_bare_pods),
        ("deleteLocalStorage", "delete_local_storage", message.delete_local_storage, settings.delete_local_storage),
        ("deleteLocalSsd", "delete_local_ssd", message.delete_local_ssd, settings.delete_local_ssd),
        ("acceptOutage", "accept_outage", message.accept_outage, settings.accept_outage),
    )
    for field, setting, asked, consent in wishes:
        if asked and consent is Consent.FORBID:
            accepted = f"false: this installation forbids it ({variable(setting)} is forbid)"
            raise BadInput(field=field, value=True, accepted=accepted)
    if message.method is Method.STOP_START and settings.allow_stop_start is Switch.OFF:
        accepted = f"{Method.RESET} or {Method.RECREATE}: this installation stops no machines (REPULL_ALLOW_STOP_START)"
        raise BadInput(field="method", value=message.method.value, accepted=accepted)
    outage = settings.accept_outage.given(asked=message.accept_outage)
    if message.method is Method.SCALE_WORKLOADS and not outage:
        if settings.accept_outage is Consent.FORBID:
            accepted = f"{Method.RESET} or {Method.RECREATE}: this installation forbids outages (REPULL_ACCEPT_OUTAGE)"
            raise BadInput(field="method", value=message.method.value, accepted=accepted)
        accepted = f"{message.method} only with acceptOutage, which scales what fails to pull to zero for a while"
        raise BadInput(
            field="method",
            value=message.method.value,
            accepted=accepted,
            example='{"action": "start", "method": "ScaleWorkloads", "acceptOutage": true}',
        )


def _image_in_use(cluster: Cluster) -> ImageRef | None:
    """The image that most pods fail to pull, of those that a node's own identity could; None where there is none."""
    pending = (pod for pod in cluster.pods.pending(limit=PENDING_LOOKED_AT) if not probe.is_ours(pod))
    images = Counter(image for pod in pending if pulls.fails(pod, None) for image in _failing_images(pod))
    return images.most_common(1)[0][0] if images else None


def _failing_images(pod: Pod) -> tuple[ImageRef, ...]:
    """A reference by which no node can be verified is not worth probing with."""
    found = (ImageRef.find(container.image) for container in pod.containers if container.fails_to_pull)
    return tuple(image for image in found if image and not verifiable.lacking(image))


def _planned(hold: Hold, node: Node, remembered: Brakes, neighbours: Neighbours) -> PlannedNode:
    if over := eligibility.passed_over(node, hold.refresh):
        would = f"would pass over {node.name}: {over}"
        return PlannedNode(node=node.name, first=First.NOTHING, refusals=(over,), evicts=(), would=would)
    facts = _after_others(hold, gather(hold, node, hold.refresh.spec.method, remembered.renewals, neighbours))
    unaskable = eligibility.unaskable(node)
    first = First.REFUSE if unaskable else First.RENEW if hold.forced else First.PROBE
    if reasons := tuple(filter(None, dict.fromkeys((unaskable, *guards.refusals(facts))))):
        return _refused(node, first, reasons)
    rush = brakes.would_trip(hold, node.pool, remembered)
    tripping = (f"as the first to be renewed it would open the circuit breaker: {rush}",) if rush else ()
    warnings = (*guards.warnings(facts), *tripping)
    if outage := facts.machine.outage:
        scales = tuple(each.key for each in outage.failing)
        would = f"would scale {', '.join(scales)} to zero until {node.name} is removed, if it can't pull"
        return PlannedNode(
            node=node.name,
            first=first,
            refusals=(),
            evicts=(),
            would="; ".join((would, *warnings)),
            warnings=warnings,
            scales=scales,
        )
    pod_facts = evictions.Facts(consents=facts.consents, daemon_sets=facts.daemon_sets, now=facts.now)
    moved = evictions.with_fate(evictions.plan(facts.pods, pod_facts), Fate.EVICT)
    would = (
        f"would renew {node.name} whether or not it can pull"
        if hold.forced
        else f"would probe {node.name}, and renew it if it can't pull"
    )
    return PlannedNode(
        node=node.name,
        first=first,
        refusals=(),
        evicts=tuple(each.pod.key for each in moved),
        would="; ".join((would, *warnings)),
        warnings=warnings,
    )


def _refused(node: Node, first: First, reasons: tuple[str, ...]) -> PlannedNode:
    """One that can pull is left alone whatever speaks against its renewal, and its failing pods are retried."""
    asked = first is First.PROBE
    would = f"would probe {node.name}, and refuse it if it can't pull" if asked else f"would refuse {node.name}"
    return PlannedNode(
        node=node.name,
        first=first if asked else First.REFUSE,
        refusals=reasons,
        evicts=(),
        would=f"{would}: {'; '.join(reasons)}",
    )
