"""A Pod as we see it: its containers of all kinds, each with its spec and state together."""

from collections.abc import Iterator

from functions.adapters import kube_times
from functions.adapters.kube_api import Object
from functions.adapters.kube_placement import needs
from functions.model.cluster import Container, ContainerKind, Owner, Pod

_KINDS = (
    (ContainerKind.INIT, "initContainers", "initContainerStatuses"),
    (ContainerKind.REGULAR, "containers", "containerStatuses"),
    (ContainerKind.EPHEMERAL, "ephemeralContainers", "ephemeralContainerStatuses"),
)


def pod(found: Object) -> Pod:
    """Translate one Pod."""
    metadata, spec, status = found["metadata"], found.get("spec") or {}, found.get("status") or {}
    return Pod(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        node=spec.get("nodeName") or "",
        phase=status.get("phase") or "Pending",
        reason=status.get("reason") or "",
        message=status.get("message") or "",
        created=kube_times.required(metadata.get("creationTimestamp")),
        started=kube_times.parse(status.get("startTime")),
        deleting_since=kube_times.parse(metadata.get("deletionTimestamp")),
        owner=controller(metadata),
        service_account=spec.get("serviceAccountName") or "default",
        pull_secrets=secret_names(spec),
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        local_volumes=tuple(each["name"] for each in spec.get("volumes") or () if "emptyDir" in each),
        claims=tuple(_claims(metadata["name"], spec)),
        containers=tuple(_containers(spec, status)),
        needs=needs(spec),
        ready=any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or ()),
    )


def images(found: Object) -> Iterator[str]:
    """What its containers name, which costs less than all that is to be known of a Pod."""
    spec = found.get("spec") or {}
    for _, specs, _ in _KINDS:
        for each in spec.get(specs) or ():
            yield each.get("image") or ""


def controller(metadata: Object) -> Owner | None:
    """The owner that manages the object; None where none does."""
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            return Owner(kind=owner["kind"], name=owner["name"], uid=owner["uid"], api_version=owner["apiVersion"])
    return None


def secret_names(holder: Object) -> tuple[str, ...]:
    """The imagePullSecrets of a pod's spec or a service account, by name."""
    return tuple(each["name"] for each in holder.get("imagePullSecrets") or () if each.get("name"))


def _claims(pod: str, spec: Object) -> Iterator[str]:
    """A generic ephemeral volume's claim is named after the pod and the volume (ephemeral.VolumeClaimName)."""
    for each in spec.get("volumes") or ():
        if claim := each.get("persistentVolumeClaim"):
            yield claim["claimName"]
        elif "ephemeral" in each:
            yield f"{pod}-{each['name']}"


def _containers(spec: Object, status: Object) -> Iterator[Container]:
    for kind, specs, statuses in _KINDS:
        states = {each["name"]: each for each in status.get(statuses) or ()}
        for each in spec.get(specs) or ():
            yield _container(each, states.get(each["name"]) or {}, kind)


def _container(spec: Object, status: Object, kind: ContainerKind) -> Container:
    state = status.get("state") or {}
    waiting, running = state.get("waiting") or {}, state.get("running") or {}
    ended = state.get("terminated") or (status.get("lastState") or {}).get("terminated") or {}
    return Container(
        name=spec["name"],
        image=spec.get("image") or "",
        kind=kind,
        pull_policy=spec.get("imagePullPolicy") or "IfNotPresent",
        image_id=status.get("imageID") or "",
        ready=bool(status.get("ready")),
        waiting_reason=waiting.get("reason") or "",
        waiting_message=waiting.get("message") or "",
        running_since=kube_times.parse(running.get("startedAt")),
        terminated_reason=ended.get("reason") or "",
        terminated_at=kube_times.parse(ended.get("finishedAt")),
    )
