"""The pull probe: a pod that makes one node's kubelet ask the registry now, while nothing of the image ever runs.

Pure.

What a real kubelet answers (seen on kubelet 1.34 with containerd 2.1): where the pull works, the pod fails with
StartError and `imageID` is set, since the command exists in no image; where it does not, the pod waits on
ErrImagePull and only the message tells stale credentials from a missing image. `imageID` alone proves a pull: a
pod that the kubelet rejects fails as well.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from functions import classify
from functions.model.cluster import Owner, Pod
from functions.model.names import ImageRef
from functions.model.verdict import Cause
from functions.ownership import NAMESPACE, PROBE, REFRESH
from functions.upkeep import SAFE_TO_EVICT

SERVICE_ACCOUNT = "probe"
COMMAND = "/repull-probe/does-not-exist"
IMPOSSIBLE_DIGEST = "sha256:" + "0" * 64
"""Nobody can make content with this digest, so a registry that lets us read answers "not found" and sends nothing."""


class ProbeKind(StrEnum):
    ACCESS = "access"  # may the node read the repository? nothing is downloaded
    IMAGE = "image"  # can the node pull this image?


class Answer(StrEnum):
    PASS = "pass"  # noqa: S105 - not a password
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeAnswer:
    """`cause` is what the kubelet's message says, where there is one."""

    answer: Answer
    evidence: str
    cause: Cause | None = None


def image_for(kind: ProbeKind, image: ImageRef) -> ImageRef:
    """What the probe's pod asks for: the image itself, or something in its repository that can't exist."""
    return image.with_digest(IMPOSSIBLE_DIGEST) if kind is ProbeKind.ACCESS else image


def manifest(
    kind: ProbeKind, image: ImageRef, *, node: str, of: str, owner: Owner | None = None, seconds: float
) -> dict[str, Any]:
    """The probe's pod. It passes Pod Security `restricted`, tolerates everything, holds no secret and keeps no node.

    `of` says whose probe of this node it is: the same one has the same name. It goes with its owner.
    """
    digest = hashlib.sha256(f"{of}/{node}/{kind}".encode()).hexdigest()[:10]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": NAMESPACE,
            "name": f"probe-{kind}-{digest}",
            "labels": {PROBE: kind.value, "app.kubernetes.io/managed-by": "repull"}
            | ({REFRESH: owner.name} if owner else {}),
            "annotations": {SAFE_TO_EVICT: "true"},
            "ownerReferences": [
                {"apiVersion": each.api_version, "kind": each.kind, "name": each.name, "uid": each.uid}
                for each in (owner,)
                if each
            ],
        },
        "spec": {
            "nodeName": node,
            "restartPolicy": "Never",
            "serviceAccountName": SERVICE_ACCOUNT,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "activeDeadlineSeconds": max(1, int(seconds) + 60),
            "tolerations": [{"operator": "Exists"}],
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "probe",
                    "image": str(image_for(kind, image)),
                    "imagePullPolicy": "Always",
                    "command": [COMMAND],
                    "resources": {
                        "requests": {"cpu": "1m", "memory": "1Mi"},
                        "limits": {"cpu": "10m", "memory": "16Mi"},
                    },
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }


def is_ours(pod: Pod) -> bool:
    """Whether it is a probe, and so nobody's workload: one is left for a while where its maker has died.

    Anybody may label a pod of their own as one, but not in our namespace.
    """
    return pod.namespace == NAMESPACE and PROBE in pod.labels


def tampering(sent: dict[str, Any], created: Pod) -> str:
    """What an admission webhook changed that makes the answer worthless; "" where nothing."""
    wanted = sent["spec"]["containers"][0]
    if len(created.containers) != 1:
        return f"a webhook added containers ({', '.join(each.name for each in created.containers)})"
    container = created.containers[0]
    if container.image != wanted["image"]:
        return f"a webhook changed the image to {container.image}"
    if container.pull_policy != "Always":
        return f"a webhook changed imagePullPolicy to {container.pull_policy}"
    if created.pull_secrets:
        secrets = ", ".join(created.pull_secrets)
        return f"the probe has imagePullSecrets ({secrets}): remove them from account {NAMESPACE}/{SERVICE_ACCOUNT}"
    if created.node != sent["spec"]["nodeName"]:
        return f"the probe is bound to node {created.node or '(none)'}"
    return ""


def judge(kind: ProbeKind, pod: Pod) -> ProbeAnswer | None:
    """What the kubelet has answered so far; None while it has not."""
    container = pod.containers[0]
    if container.image_id:
        return ProbeAnswer(
            answer=Answer.PASS, evidence=f"the kubelet pulled {container.image}: imageID {container.image_id}"
        )
    if container.fails_to_pull:
        return _judge_message(kind, container.waiting_message)
    if pod.finished:
        why = f"{pod.reason or container.terminated_reason} {pod.message}".strip()
        return ProbeAnswer(answer=Answer.UNKNOWN, evidence=f"the kubelet did not take the probe: {why}")
    if container.waiting_reason not in ("", "ContainerCreating", "PodInitializing"):
        return ProbeAnswer(answer=Answer.UNKNOWN, evidence=f"{container.waiting_reason}: {container.waiting_message}")
    return None


def _judge_message(kind: ProbeKind, message: str) -> ProbeAnswer | None:
    if not classify.carries_cause(message):
        return None  # kubelets before 1.32 leave the cause out while they back off: the next try brings it again
    found = classify.classify(message)
    answer, evidence = Answer.UNKNOWN, f"{found.cause}: {message}"
    if found.credential:
        answer, evidence = Answer.DENIED, message
    elif found.cause is Cause.NOT_FOUND and kind is ProbeKind.ACCESS:
        answer, evidence = Answer.PASS, f"the registry let the node look: {message}"
    return ProbeAnswer(answer=answer, evidence=evidence, cause=found.cause)
