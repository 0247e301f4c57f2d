"""Start a refresh by hand: fill in what the message left out, then open a NodeRefresh and publish its first step.

In observe mode, and with `dryRun`, nothing is written: the plan is said, node by node.
"""

import hashlib
from collections import Counter
from datetime import timedelta

from functions import events, guards, pulls
from functions.errors import BadInput
from functions.hold import Hold, new_holder
from functions.messages.steps import Continue, Start
from functions.model.cluster import Pod
from functions.model.names import ImageRef
from functions.model.refresh import Method, Refresh, RefreshSpec, RefreshStatus, Slot
from functions.phases.preflight import gather
from functions.phases.scope import PENDING_LOOKED_AT, scope_pools
from functions.ports import Cluster, RefreshPorts
from functions.reply import Reply
from functions.settings import Consent, Mode, Settings, Switch

PLANNED_NODES = 100


def start(message: Start, ports: RefreshPorts, settings: Settings, *, message_id: str) -> Reply:
    """Open the refresh that the message asks for. The same message again opens nothing new. Raises BadInput."""
    _permitted(message, settings)
    cluster = ports.gke.connect(message.cluster)
    for name in message.nodes:
        if cluster.nodes.get(name) is None:
            raise BadInput(field="nodes", value=name, accepted="names of nodes that exist; see kubectl get nodes")
    image = message.image or _image_in_use(cluster)
    if image is None:
        raise BadInput(
            field="image",
            value="",
            accepted="the image to probe with, since no pod fails to pull now",
            example="us-central1-docker.pkg.dev/acme/apps/api:v1",
        )
    spec = _spec(message, image, settings)
    name = f"manual-{hashlib.sha256(f'{message.cluster}/{message_id or new_holder()}'.encode()).hexdigest()[:10]}"
    if message.dry_run or settings.mode is Mode.OBSERVE:
        return _plan(name, spec, cluster, ports, settings)
    created = cluster.refreshes.create(name, spec)
    if created is not None:
        ports.audit.record(
            events.REFRESH_OPENED,
            f"opened {name}: {message.reason}",
            cluster=str(message.cluster),
            refresh=name,
            reason=message.reason,
            requested_by=message.requested_by,
        )
    ports.outbox.publish_step(Continue(cluster=message.cluster, refresh=name, slot=0, step=0).json())
    return Reply.HANDLED


def _permitted(message: Start, settings: Settings) -> None:
    if message.method is Method.STOP_START and settings.allow_stop_start is Switch.OFF:
        accepted = f"{Method.RESET} or {Method.RECREATE}: this installation stops no machines (REPULL_ALLOW_STOP_START)"
        raise BadInput(field="method", value=message.method.value, accepted=accepted)
    wishes = (
        ("force", message.force, settings.force),
        ("deleteBarePods", message.delete_bare_pods, settings.delete_bare_pods),
        ("deleteLocalStorage", message.delete_local_storage, settings.delete_local_storage),
        ("deleteLocalSsd", message.delete_local_ssd, settings.delete_local_ssd),
    )
    for field, asked, consent in wishes:
        if asked and consent is Consent.FORBID:
            raise BadInput(
                field=field, value=True, accepted="false: this installation forbids it (its setting is `forbid`)"
            )


def _spec(message: Start, image: ImageRef, settings: Settings) -> RefreshSpec:
    return RefreshSpec(
        cluster=message.cluster,
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
        max_unavailable=message.max_unavailable or settings.max_unavailable,
    )


def _image_in_use(cluster: Cluster) -> ImageRef | None:
    """The image that most pods fail to pull; where none fails, None."""
    pending = cluster.pods.pending(limit=PENDING_LOOKED_AT)
    images = Counter(image for pod in pending if pulls.fails(pod, None) for image in _failing_images(pod))
    return images.most_common(1)[0][0] if images else None


def _failing_images(pod: Pod) -> tuple[ImageRef, ...]:
    """A reference that no registry could serve is not worth probing with."""
    found = (ImageRef.find(container.image) for container in pod.containers if container.fails_to_pull)
    return tuple(image for image in found if image)


def _plan(name: str, spec: RefreshSpec, cluster: Cluster, ports: RefreshPorts, settings: Settings) -> Reply:
    """Say what would be done. It only reads; the hold is on a refresh that exists nowhere."""
    now = ports.clock.now()
    until = now + timedelta(seconds=settings.budget_seconds)
    slot = Slot(index=0, holder="plan", holder_expires=until)
    refresh = Refresh(
        name=name, uid="", resource_version="", created=now, spec=spec, status=RefreshStatus(slots=(slot,))
    )
    gke = ports.gke.cluster(spec.cluster)
    hold = Hold(
        refresh=refresh, index=0, holder="plan", cluster=cluster, gke=gke, ports=ports, settings=settings, until=until
    )
    if spec.nodes:
        found = tuple(node for name in spec.nodes if (node := cluster.nodes.get(name)) is not None)
    else:
        found = cluster.nodes.candidates(pools=scope_pools(hold), not_marked=name, limit=PLANNED_NODES)
    for node in found:
        reasons = (over,) if (over := guards.passed_over(node, refresh)) else guards.refusals(gather(hold, node))
        would = (
            f"would refuse {node.name}: {'; '.join(reasons)}"
            if reasons
            else f"would probe {node.name}, and renew it if it can't pull"
        )
        if spec.force and not reasons:
            would = f"would renew {node.name} whether or not it can pull"
        ports.audit.record(
            events.PLAN, would, cluster=str(spec.cluster), refresh=name, node=node.name, refusals=reasons
        )
    total = len(spec.nodes) or cluster.nodes.count(pools=scope_pools(hold))
    ports.audit.record(
        events.OBSERVED,
        f"planned {len(found)} of {total} nodes; nothing was written",
        cluster=str(spec.cluster),
        refresh=name,
        total=total,
    )
    return Reply.HANDLED
