"""What to do about a verdict: one sentence each, with the names that a person needs. Pure.

Words in braces come from `_words`.
"""

import json
from datetime import datetime

from functions.model.verdict import Cause, Subject, VerdictKind
from functions.pullsecrets import SecretUse, Use

ADVICE: dict[VerdictKind, str] = {
    VerdictKind.STALE_CREDENTIALS: "Nothing to do by hand: the nodes that run as {account} are probed, {node} first, "
    "and only those whose kubelet is denied are renewed; follow it with kubectl get noderefreshes.",
    VerdictKind.PROPAGATING: "Wait: IAM takes minutes to reach everywhere, and access of {account} to {repository} has "
    "not been seen to hold for long enough; the next failure after {retry_after} is looked at again, or wait for it "
    "with repull diagnose {pod_name} --namespace={namespace} --wait",
    VerdictKind.GRANT_MISSING: "Grant roles/artifactregistry.reader on {repository} to serviceAccount:{account} with "
    "{grant} --member=serviceAccount:{account}",
    VerdictKind.DENIED_BY_POLICY: "Ask whoever owns the deny policy of {denied_at} to let {account} read {repository}: "
    "it wins over every grant, so that granting more does not help; list such policies with gcloud iam policies list "
    "--kind=denypolicies --attachment-point=cloudresourcemanager.googleapis.com/{denied_at}",
    VerdictKind.SCOPES_MISSING: "Move the pods to a new node pool whose machines may read, since scopes of machines "
    "can't be changed: gcloud container node-pools create NEW_POOL --cluster={cluster} --location={location} "
    "--project={project} --service-account={machine_account} --scopes=cloud-platform",
    VerdictKind.IMAGE_MISSING: "Push {image}, or correct the image in the workload of {pod}: the registry has none "
    "of that name.",
    VerdictKind.PLATFORM_MISMATCH: "Push {image} for the node's platform as well (docker buildx build --platform), or "
    "keep {pod} on other nodes with a nodeSelector on kubernetes.io/arch.",
    VerdictKind.PULL_SECRET_IN_USE: "{secrets}",
    VerdictKind.WORKLOAD_IDENTITY_PULL: "Grant roles/artifactregistry.reader on {repository} to the identity of the "
    "pod's Kubernetes service account, which pulls instead of the node, with {grant} "
    "--member=principal://iam.googleapis.com/projects/$(gcloud projects describe {project} "
    "--format='value(projectNumber)')/locations/global/workloadIdentityPools/{project}.svc.id.goog/subject/ns/{namespace}"
    "/sa/{service_account}",
    VerdictKind.OTHER_REGISTRY: "Look at the credentials that {pod} has for {host}: a node's own identity is shown "
    "to Artifact Registry and gcr.io alone.",
    VerdictKind.NOT_A_CREDENTIAL: "{remedy}",
    VerdictKind.UNSUPPORTED: "Look at node {node} by hand: repull renews no nodes of Autopilot and none with Windows.",
    VerdictKind.NOT_TRIED: "Look among the events of {pod} what it waits for, a node or its kubelet, with kubectl "
    "describe pod {pod_name} --namespace={namespace}",
    VerdictKind.RECOVERED: "Nothing to do: {pod} does not wait for the image any more, or its kubelet's next try "
    "brings it.",
    VerdictKind.GONE: "Nothing to do: {pod} is not there any more.",
    VerdictKind.UNKNOWN: "Look at the check that stays unknown (❔): what it names could not be found out, and repull "
    "resets nothing that it does not understand.",
}

PORTED = (
    "Take the port out of the image's name in the workload of {pod}: {host} is another registry to the kubelet, and a "
    "node's own identity is shown to Artifact Registry and gcr.io alone."
)
"""In place of `OTHER_REGISTRY`'s."""

SECRETS: dict[Use, str] = {
    Use.SHOWN: "renew the credential for {host} in secret {secret} with {remove} && {create}",
    Use.MISSING: "create secret {secret}, which is missing, with {create}",
    Use.BROKEN: "make secret {secret} anew, because of which the kubelet fails every pull of {pod}, with {remove} && "
    "{create}",
    Use.UNREAD: "renew the imagePullSecrets that {pod} names.",
}
"""By what the kubelet makes of the pull secrets."""

SHARED = (
    "renew the credential for {host} in secret {secret}, which has those for {others} as well and so is made of a "
    "whole docker config, with {remove} && kubectl create secret generic {named} --type=kubernetes.io/dockerconfigjson "
    "--from-file=.dockerconfigjson=CONFIG.json"
)
"""In place of `Use.SHOWN`'s: what kubectl makes for one registry would lose the others."""

OWN = (
    "let in the node's own identity, which the kubelet tries last (repull diagnose --image {image} --node {node} says "
    "what it lacks), or "
)
"""Goes before where the node's identity is worth something at the registry, and no secret keeps it from being tried.

The kubelet tries the secrets that fit and then the node's own credential (pkg/credentialprovider: UnionDockerKeyring).
"""

_ASK = "Run repull diagnose: a credential may be at fault here, and the text can't tell whose."
REMEDIES: dict[Cause, str] = {
    Cause.AUTH_DENIED: _ASK,
    Cause.AUTH_MISSING: _ASK,
    Cause.AMBIGUOUS: _ASK,
    Cause.NOT_FOUND: ADVICE[VerdictKind.IMAGE_MISSING],
    Cause.PLATFORM: ADVICE[VerdictKind.PLATFORM_MISMATCH],
    Cause.RATE_LIMITED: "Wait, or raise the quota: the registry answers too many requests.",
    Cause.NETWORK: "Look at the way from the node to the registry (DNS, firewall, Private Google Access, proxy): it "
    "was never reached.",
    Cause.TLS_TRUST: "Give the node the certificate authority of the registry, or the registry a certificate that the "
    "node trusts.",
    Cause.REGISTRY_ERROR: "Wait, and look at the registry's status page: it fails by itself.",
    Cause.DISK: "Look at the disk of the node: the image can't be written there.",
    Cause.POLICY: "Ask whoever owns the policy that the message names: no credential changes what it forbids.",
    Cause.IMAGE_CORRUPT: "Push {image} again: what the registry has can't be unpacked.",
    Cause.CANCELLED: "Wait for the kubelet's next try; if it lasts, look at the node's runtime and the image's size.",
    Cause.INVALID_NAME: "Correct the image's name in the workload of {pod}: it is none.",
    Cause.PULL_POLICY: "Change imagePullPolicy Never of {pod}, or load the image onto the node.",
    Cause.CREDENTIAL_PROVIDER: "Look at the kubelet's log on the node: its credential provider failed, and the pull "
    "went on without a credential.",
    Cause.NO_CAUSE: "Look at the status of {pod}, or for its event Failed: this message only says that the kubelet "
    "waits.",
    Cause.NOT_A_PULL_FAILURE: "Look at {pod} for what the message says: it is not about pulling an image.",
    Cause.UNKNOWN: "Read the message: repull does not know its wording, and resets nothing that it does not "
    "understand.",
}
"""What a message's cause alone permits to say."""


def advise(
    kind: VerdictKind,
    subject: Subject,
    cause: Cause,
    *,
    retry_after: datetime | None = None,
    denied_at: str = "",
    secret: SecretUse | None = None,
) -> str:
    """The sentence for a verdict. `denied_at` is the resource with the deny policy, "" where it can't be read."""
    words = _words(subject, retry_after)
    words["denied_at"] = denied_at or f"projects/{subject.repository.project if subject.repository else '…'}"
    words["remedy"] = REMEDIES[cause].format_map(words)
    words["secrets"] = _about(secret, subject, words)
    if kind is VerdictKind.OTHER_REGISTRY and subject.image and subject.image.is_ported:
        return PORTED.format_map(words)
    return ADVICE[kind].format_map(words)


def _about(secret: SecretUse | None, subject: Subject, words: dict[str, str]) -> str:
    """What to do about the pull secret that decides. How it was made is not known, so user and password are left."""
    name, use = (secret.name, secret.use) if secret else ("", Use.UNREAD)
    named = f"{name} --namespace={words['namespace']}"
    server = "https://index.docker.io/v1/" if words["host"] == "docker.io" else words["host"]
    create = f"kubectl create secret docker-registry {named} --docker-server={server}"
    commands = {
        "secret": name,
        "named": named,
        "others": ", ".join(secret.others) if secret else "",
        "remove": f"kubectl delete secret {named}",
        "create": f"{create} --docker-username=USER --docker-password=PASSWORD",
    }
    own = OWN if subject.repository and use is not Use.BROKEN else ""
    said = SHARED if secret and secret.others else SECRETS.get(use, "")
    said = (own + said).format_map(words | commands)
    return said[:1].upper() + said[1:]


def start_it(subject: Subject, topic: str) -> str:
    """How a person has the subject's node renewed; `topic` as projects/PROJECT/topics/TOPIC."""
    _, project, _, name = topic.split("/")
    message = {"action": "start", "cluster": str(subject.cluster), "nodes": subject.node, "image": str(subject.image)}
    written = json.dumps(message, separators=(",", ":"))
    return (
        "start it (where Terraform has installed repull, add "
        f"--impersonate-service-account=repull-operator@{project}.iam.gserviceaccount.com) with "
        f"gcloud pubsub topics publish {name} --project={project} --message='{written}'"
    )


def consent(subject: Subject, topic: str) -> str:
    """The advice where a verdict by elimination is to be a person's decision."""
    return (
        f"Decide whether node {subject.node} is renewed: no check found another cause, and nobody was seen to pull as "
        f"{subject.account} meanwhile, which is no proof; {start_it(subject, topic)}"
    )


def remedy(cause: Cause, image: str) -> str:
    """The sentence for a message, where nothing else is known; `image` as the message names it, "" where it doesn't."""
    return REMEDIES[cause].format(image=image or "the image", pod="the pod")


def _words(subject: Subject, retry_after: datetime | None) -> dict[str, str]:
    repository = subject.repository
    command = "gcloud artifacts repositories add-iam-policy-binding"
    where = f"{repository.name} --project={repository.project} --location={repository.location}" if repository else "…"
    return {
        "account": subject.account,
        "cluster": subject.cluster.name,
        "grant": f"{command} {where} --role=roles/artifactregistry.reader",
        "host": subject.image.host if subject.image else "its registry",
        "image": str(subject.image) if subject.image else "the image",
        "location": subject.cluster.location,
        "machine_account": subject.account or "ACCOUNT",
        "namespace": subject.namespace,
        "node": subject.node,
        "pod": f"pod {subject.namespace}/{subject.pod}" if subject.pod else "the pod",
        "pod_name": subject.pod or "POD",
        "project": subject.cluster.project,
        "repository": repository.resource if repository else "the repository",
        "service_account": subject.service_account or "SERVICE_ACCOUNT",
        "retry_after": f"{retry_after:%H:%M:%S} UTC" if retry_after else "some minutes",
    }
