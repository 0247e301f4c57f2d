"""The checks, cheapest first: facts in, a finding out. Pure; `functions.inquiry` gathers the facts, in this order.

Each finding is a line of the list that people see, and the first one that has a kind settles the matter. What can't be
found out is UNKNOWN, which never leads to a reset.

| # | check | judged by |
|---|---|---|
| 1 | message | `message`: may the cause be a credential at all? |
| 2 | pod | `waiting`: does the pod still wait for that image? |
| 3 | identity | `identity`: would the kubelet show the node's identity? |
| 4 | registry | `registry`: is the image in Artifact Registry? |
|   | supported | `supported`: does repull renew such nodes? |
|   | machine | `machine`: is the node a machine of this cluster? |
| 5 | scopes | `scopes`: do the machine's OAuth scopes allow reading? |
| 6 | image | `image`: does it exist, for the node's platform? |
| 7 | access | `access`: may the node's account read the repository? |
|   | node | `node`: has nothing on this node pulled from there since? |
|   | time | `time`: has access held for long enough, or another node proved it? |
"""

from dataclasses import replace
from datetime import datetime, timedelta

from functions import pullsecrets
from functions.classify import Classification, classify
from functions.finding import Finding, failed, passed, unknown
from functions.lacking import to_come
from functions.model.cluster import Container, Node, Pod, ServiceAccount
from functions.model.google import GkeCluster, Instance
from functions.model.names import ClusterKey, ImageRef, Repository
from functions.model.verdict import Cause, CheckResult, CheckStatus, VerdictKind
from functions.ports import Access, AccessAnswer, ImageAnswer, Presence
from functions.pullsecrets import SecretUse

WORKLOAD_IDENTITY_PULL = "iam.gke.io/enable-wi-image-pull"
"""Annotation of a Kubernetes service account whose own federated identity pulls (GKE's auth-provider-gcp)."""

READING_SCOPES = (
    "https://www.googleapis.com/auth/devstorage",
    "https://www.googleapis.com/auth/cloud-platform",
)
"""Without a scope that begins like one of these, GKE's credential plugin shows nothing (its gcpcredential package)."""

SETTLED_BY_MESSAGE = {
    Cause.NOT_FOUND: VerdictKind.IMAGE_MISSING,
    Cause.PLATFORM: VerdictKind.PLATFORM_MISMATCH,
}
UNDECIDED = (Cause.NO_CAUSE, Cause.UNKNOWN)
"""Causes that leave the question open until the pod's own message is read."""


def message(found: Classification, source: str, *, last_word: bool) -> Finding:
    """Whether the cause may be a credential. `last_word` where no other message will tell."""
    said = f"{source} says {found.cause}" + (f": {found.evidence}" if found.evidence else "")
    if found.cause is Cause.NO_CAUSE:
        said = "neither the pod's status nor an event tells a cause" if last_word else "the event tells no cause"
    if found.cause in UNDECIDED:
        if last_word:
            return unknown("message", said)
        return Finding(check=CheckResult(name="message", status=CheckStatus.UNKNOWN, evidence=said))
    if found.credential:
        return passed("message", said)
    return failed("message", said, SETTLED_BY_MESSAGE.get(found.cause, VerdictKind.NOT_A_CREDENTIAL))


def gone() -> Finding:
    """The pod of the event is not there."""
    return failed("pod", "the pod does not exist", VerdictKind.GONE)


def waiting(pod: Pod, uid: str, containers: tuple[Container, ...], image: ImageRef | None) -> Finding:
    """Whether it is the event's pod and still waits; `containers` are those that do, the one to judge first."""
    if uid and not pod.is_called(uid):
        return failed("pod", f"a new pod has the name (uid {pod.uid}, not {uid})", VerdictKind.GONE)
    if pod.deleting_since:
        return failed("pod", "the pod is being deleted", VerdictKind.GONE)
    if not pod.node:
        return failed("pod", "the pod is not scheduled, so no kubelet has tried to pull", VerdictKind.NOT_TRIED)
    if not containers:
        wanted = f"for {image}" if image else "for an image"
        states = ", ".join(f"{each.name}: {_state(each)}" for each in pod.containers)
        if to_come(pod, image):
            said = f"the kubelet has not reported yet that a container waits {wanted} ({states})"
            return failed("pod", said, VerdictKind.NOT_TRIED)
        return failed("pod", f"no container waits {wanted} ({states})", VerdictKind.RECOVERED)
    return passed(
        "pod",
        "; ".join(f"{each.kind} container {each.name} waits for {each.image}: {_state(each)}" for each in containers),
    )


def _state(container: Container) -> str:
    if container.waiting_reason:
        cause = classify(container.waiting_message).cause
        return f"{container.waiting_reason} ({cause})" if container.lacks_image else container.waiting_reason
    return "running" if container.running_since else container.terminated_reason or "not started"


def identity(pod: Pod, account: ServiceAccount | None, uses: tuple[SecretUse, ...]) -> Finding:
    """Whether the kubelet shows the node's identity: neither a pull secret nor the workload's own identity is in use.

    `uses` are those of the secrets that are named. A service account that is gone names nothing, and a static pod has
    none.
    """
    whose, names = pullsecrets.named(pod, account)
    named = f"{whose} names imagePullSecrets: {_list(names)}" if names else ""
    if found := pullsecrets.decisive(uses):
        return failed("identity", f"{named}; {found.evidence}", VerdictKind.PULL_SECRET_IN_USE)
    if account and account.annotations.get(WORKLOAD_IDENTITY_PULL) == "true":
        said = f"service account {account.name} has {WORKLOAD_IDENTITY_PULL}: its own identity pulls"
        return failed("identity", said, VerdictKind.WORKLOAD_IDENTITY_PULL)
    if names:
        said = f"{named}; {'; '.join(each.evidence for each in uses)}"
    elif pod.is_mirror:
        said = "a static pod has neither secrets nor a service account"
    else:
        said = f"no imagePullSecrets on the pod or service account {pod.service_account}"
    return passed("identity", f"{said}: the node's own")


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def registry(name: str, image: ImageRef | None) -> Finding:
    """Whether the node's identity is worth anything there."""
    if image is None:
        return failed("registry", f"{name!r} is no image reference", VerdictKind.NOT_A_CREDENTIAL)
    if image.is_short:
        said = f"{name!r} names no repository: Artifact Registry has HOST/PROJECT/REPOSITORY/IMAGE"
        return failed("registry", said, VerdictKind.NOT_A_CREDENTIAL)
    if image.is_ported:
        said = f"{image.host} names a port, and the kubelet shows the node's identity to hosts without one"
        return failed("registry", said, VerdictKind.OTHER_REGISTRY)
    if image.repository is None:
        return failed("registry", f"{image.host} is not Artifact Registry", VerdictKind.OTHER_REGISTRY)
    return passed("registry", f"{image.host} serves {image.repository}")


def supported(key: ClusterKey, node: Node | None, gke: GkeCluster) -> Finding:
    """Whether repull renews such nodes at all."""
    if gke.autopilot:
        return failed("supported", f"{key} is an Autopilot cluster", VerdictKind.UNSUPPORTED)
    if node and node.os != "linux":
        return failed("supported", f"node {node.name} runs {node.os}", VerdictKind.UNSUPPORTED)
    return passed("supported", f"{key} is a Standard cluster, and the node runs Linux")


def machine(key: ClusterKey, name: str, node: Node | None, gke: GkeCluster, instance: Instance | None) -> Finding:
    """Whether the node is a machine of this cluster. A Node object alone proves nothing."""
    if node is None:
        return unknown("machine", f"node {name or '(none)'} does not exist")
    if node.pool not in {pool.name for pool in gke.pools}:
        return unknown("machine", f"node {name} is in pool {node.pool or '(none)'}, which {key} does not have")
    if node.instance is None or node.instance.project != key.project:
        return unknown("machine", f"node {name} names machine {node.provider_id or '(none)'}: not of {key.project}")
    if instance is None:
        return unknown("machine", f"there is no machine {node.instance}")
    account = instance.service_account
    if account and not any(pool.name == node.pool and pool.runs_as(account) for pool in gke.pools):
        return unknown("machine", f"{instance.ref} runs as {account}, and pool {node.pool} does not")
    return passed("machine", f"node {name} is {instance.ref} in pool {node.pool}, as {account or 'nobody'}")


def scopes(instance: Instance) -> Finding:
    """Whether the machine's OAuth scopes allow reading. They can't be changed while it exists."""
    if not instance.service_account:
        return failed("scopes", f"{instance.ref} has no service account", VerdictKind.SCOPES_MISSING)
    fitting = [scope for scope in instance.scopes if scope.startswith(READING_SCOPES)]
    if not fitting:
        said = f"none of {_list(instance.scopes) or 'no scopes'} allows reading"
        return failed("scopes", said, VerdictKind.SCOPES_MISSING)
    return passed("scopes", fitting[0])


def image(answer: ImageAnswer) -> Finding:
    """Whether the image exists, for the node's platform."""
    match answer.presence:
        case Presence.EXISTS:
            return passed("image", answer.evidence)
        case Presence.MISSING:
            return failed("image", answer.evidence, VerdictKind.IMAGE_MISSING)
        case Presence.WRONG_PLATFORM:
            return failed("image", answer.evidence, VerdictKind.PLATFORM_MISMATCH)
        case Presence.UNKNOWN:
            return unknown("image", answer.evidence)


def image_anywhere(answer: ImageAnswer) -> Finding:
    """Whether there is such an image at all, where more can't be asked. What is unknown here settles nothing."""
    return replace(image(answer), kind=VerdictKind.IMAGE_MISSING if answer.presence is Presence.MISSING else None)


def access(answer: AccessAnswer) -> Finding:
    """Whether the node's account may read the repository now."""
    match answer.access:
        case Access.GRANTED:
            return passed("access", answer.evidence)
        case Access.DENIED:
            kind = VerdictKind.DENIED_BY_POLICY if answer.forbidden else VerdictKind.GRANT_MISSING
            return failed("access", answer.evidence, kind)
        case Access.UNKNOWN:
            return unknown("access", answer.evidence)


def node(name: str, repository: Repository, pulled_here: str) -> Finding:
    """Whether the node has pulled from the repository since the failure began: then its credential is good."""
    if pulled_here:
        return failed("node", f"{pulled_here}: the node can pull again", VerdictKind.RECOVERED)
    return passed("node", f"nothing on {name} pulled from {repository} since the failure began")


def time(granted_since: datetime, contrast: str, *, source: str, seconds: float, now: datetime) -> Finding:
    """Whether access has held for long enough to blame the node; a pull elsewhere proves it at once.

    `source` is how its age is known, "" where it was only seen to hold.
    """
    if contrast:
        return passed("time", contrast)
    held = (now - granted_since).total_seconds()
    if held < seconds:
        known = source or f"access has been seen for {held:.0f} s"
        said = f"{known}, and IAM may take {seconds:.0f} s to reach everywhere"
        return failed("time", said, VerdictKind.PROPAGATING)
    return passed("time", source or f"access has held for {held:.0f} s")


def refused_all_the_same(evidence: str, *, seconds: float) -> Finding:
    """IAM says granted, for long enough to have reached everywhere, and the registry still refuses a fresh token."""
    said = (
        f"granted for more than {seconds:.0f} s, and the registry refuses a fresh token all the same ({evidence}): "
        "look at VPC Service Controls and the organization's policies"
    )
    return unknown("access", said)


def unread_machine(node: Node, account: str, problem: str) -> Finding:
    """The machine itself can't be read: its pool says what it should be like, which is enough to advise, not to act."""
    said = f"the machine of node {node.name} can't be read ({problem}); pool {node.pool} runs as {account}"
    return Finding(check=CheckResult(name="machine", status=CheckStatus.UNKNOWN, evidence=said))


def looked_at_again(granted_since: datetime, *, seconds: float) -> datetime:
    """When a PROPAGATING verdict's time is over."""
    return granted_since + timedelta(seconds=seconds)
