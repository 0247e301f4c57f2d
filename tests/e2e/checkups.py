"""Every check and every outcome of it: a pod, what else is so, and the line that settles it."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox import deployment
from sandbox.beds import BARRED, FOREIGN, HERE, LONE, LONER, NARROW, STOCK, STOCK_ONE, THERE, UNMADE, UNPOOLED, WINDOWS
from sandbox.kube import times
from sandbox.objects.kinds import Object
from tests.e2e.scenery import AUTOPILOT, IMAGE, NAMESPACE, READABLE
from tests.e2e.ward import DENIED, Diagnosed, Ward, said

HOST = deployment.REGISTRY_HOST
DOCKER = "kubernetes.io/dockerconfigjson"
NOWHERE = f"{deployment.IMAGES}/none:v1"
NEVER = f'Container image "{IMAGE}" is not present with pull policy of Never'


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """`status` is the check's that settles it, and `words` of its evidence."""

    name: str
    kind: str
    check: str
    status: str
    words: str
    pod: Mapping[str, Any] = field(default_factory=dict)
    event: Mapping[str, Any] = field(default_factory=dict)
    cluster: str = deployment.CLUSTER
    prepare: Callable[[Ward], object] = lambda _: None

    def play(self, opened: Ward) -> Diagnosed:
        self.prepare(opened)
        return opened.tell(opened.admit(**self.pod), cluster=self.cluster, **self.event)


def row(name: str, kind: str, check: str, status: str, words: str, **more: Any) -> Case:
    """In the order in which one reads it."""
    return Case(name=name, kind=kind, check=check, status=status, words=words, **more)


def failing(resource: str, status: int, *, api: str = "registry") -> Callable[[Ward], None]:
    return lambda opened: opened.fault(api=api, user=deployment.DIAGNOSE, resource=resource, status=status)


def nothing_of_the_project(opened: Ward) -> None:
    failing("instances", 403, api="compute")(opened)
    failing("projects", 403, api="iam")(opened)


def project_is_readable(opened: Ward) -> None:
    """Its number, and of its machines nothing."""
    failing("instances", 403, api="compute")(opened)


def nothing_of_iam(opened: Ward) -> None:
    for api in ("troubleshooter", "iam"):
        opened.fault(api=api, user=deployment.DIAGNOSE, status=403)


def secret(name: str, *, auth: str = "user:password", host: str = HOST, kind: str = DOCKER) -> Object:
    config = {"auths": {host: {"auth": base64.b64encode(auth.encode()).decode()}}}
    data = {".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()}
    return {"metadata": {"name": name, "namespace": READABLE}, "type": kind, "data": data}


def account(name: str, *, annotations: Mapping[str, str] | None = None, **fields: Any) -> Object:
    return {"metadata": {"name": name, "namespace": NAMESPACE, "annotations": dict(annotations or {})}, **fields}


def waits(message: str = DENIED, reason: str = "ImagePullBackOff") -> Object:
    return {"waiting": {"reason": reason, "message": message}}


def running(*, seconds: float = 0) -> Object:
    """Since so many seconds from now, so that it is later than whatever the case does before."""
    return {"running": {"startedAt": times.seconds(times.now() + timedelta(seconds=seconds))}}


def names(*secrets: str) -> Object:
    return {"imagePullSecrets": [{"name": each} for each in secrets]}


def pulled(node: str) -> Callable[[Ward], object]:
    """Another pod on that node has pulled from the repository since, with the node's identity."""
    container = {"name": "main", "image": IMAGE, "imagePullPolicy": "Always"}
    return lambda opened: opened.admit(
        node=node,
        containers=[container],
        status={"phase": "Running", "containerStatuses": [said("main", running(seconds=60), imageID="x@sha256:1")]},
    )


MESSAGE = [
    row("text-excludes", "NOT_A_CREDENTIAL", "message", "fail", "rate_limited",
         event={"message": f'Failed to pull image "{IMAGE}": pull QPS exceeded'}),
    row("text-says-missing", "IMAGE_MISSING", "message", "fail", "not_found",
         event={"message": f'Failed to pull image "{IMAGE}": rpc error: code = NotFound desc = {IMAGE}: not found'}),
    row("text-says-platform", "PLATFORM_MISMATCH", "message", "fail", "platform",
         event={"message": f'Failed to pull image "{IMAGE}": no match for platform in manifest: not found'}),
    row("status-excludes", "NOT_A_CREDENTIAL", "message", "fail", "the kubelet says network",
         pod={"message": "dial tcp 10.0.0.1:443: i/o timeout"}),
    row("no-cause-anywhere", "UNKNOWN", "message", "unknown", "neither the pod's status nor an event tells a cause",
         pod={"message": f'Back-off pulling image "{IMAGE}"'},
         event={"reason": "BackOff", "message": f'Back-off pulling image "{IMAGE}"'}),
    row("no-known-words", "UNKNOWN", "message", "unknown", "unknown",
         pod={"message": "the flux capacitor is empty"}, event={"message": "Failed to pull image: what a day"}),
]  # fmt: skip
POD = [
    row("recovered", "RECOVERED", "pod", "fail", "main: running",
         pod={"state": running()}),
    row("not-told-yet", "NOT_TRIED", "pod", "fail", "has not reported yet that a container waits for",
         pod={"state": {"waiting": {"reason": "ContainerCreating"}}}),
    row("no-state-yet", "NOT_TRIED", "pod", "fail", "(main: not started)",
         pod={"status": {"containerStatuses": []}}),
    row("another-one-creating", "RECOVERED", "pod", "fail", "side: ContainerCreating",
         pod={"containers": [{"name": "main", "image": IMAGE}, {"name": "side", "image": NOWHERE}],
              "status": {"containerStatuses": [said("main", running()),
                                               said("side", {"waiting": {"reason": "ContainerCreating"}})]}}),
    row("ended-before-it-began", "RECOVERED", "pod", "fail", "(main: not started)",
         pod={"status": {"phase": "Failed", "reason": "Evicted", "containerStatuses": []}}),
    row("gone", "GONE", "pod", "fail", "does not exist",
         event={"involvedObject": {"kind": "Pod", "namespace": NAMESPACE, "name": "nobody"}}),
    row("going", "GONE", "pod", "fail", "is being deleted",
         pod={"deleted": True}),
    row("waits-for-another", "RECOVERED", "pod", "fail", "no container waits for",
         event={"message": f'Failed to pull image "{deployment.IMAGES}/other:v1": {DENIED}'}),
    row("init-container", "STALE_CREDENTIALS", "pod", "pass", "init container prepare waits",
         pod={"initContainers": [{"name": "prepare", "image": IMAGE}],
              "status": {"initContainerStatuses": [said("prepare", waits())],
                         "containerStatuses": [said("main", waits("", "PodInitializing"))]}}),
    row("ephemeral-container", "STALE_CREDENTIALS", "pod", "pass", "ephemeral container shell waits",
         pod={"ephemeralContainers": [{"name": "shell", "image": IMAGE}],
              "containers": [{"name": "main", "image": NOWHERE}],
              "status": {"phase": "Running", "containerStatuses": [said("main", running())],
                         "ephemeralContainerStatuses": [said("shell", waits())]}},
         event={"message": f'Failed to pull image "{IMAGE}": {DENIED}'}),
    row("ephemeral-recovered", "RECOVERED", "pod", "fail", "shell: running",
         pod={"ephemeralContainers": [{"name": "shell", "image": IMAGE}],
              "containers": [{"name": "main", "image": NOWHERE}],
              "status": {"phase": "Running", "containerStatuses": [said("main", running())],
                         "ephemeralContainerStatuses": [said("shell", running())]}},
         event={"message": f'Failed to pull image "{IMAGE}": {DENIED}'}),
    row("one-of-two", "STALE_CREDENTIALS", "pod", "pass", "(auth_denied); regular container side",
         pod={"containers": [{"name": "side", "image": NOWHERE}, {"name": "main", "image": IMAGE}],
              "status": {"containerStatuses": [said("side", waits(f"{IMAGE}: not found")), said("main", waits())]}},
         event={"message": "Error: ErrImagePull"}),
    row("running-and-failing", "STALE_CREDENTIALS", "pod", "pass", "main waits",
         pod={"status": {"phase": "Running"}}),
    row("never-pulls", "NOT_A_CREDENTIAL", "message", "fail", "pull_policy",
         pod={"state": waits(NEVER, "ErrImageNeverPull")},
         event={"message": "Error: ErrImageNeverPull"}),
]  # fmt: skip
IDENTITY = [
    row("pods-secret", "PULL_SECRET_IN_USE", "identity", "fail", "secret key was not read",
         pod=names("key")),
    row("accounts-secret", "PULL_SECRET_IN_USE", "identity", "fail", "imagePullSecrets: key",
         pod={"serviceAccountName": "with-secret"},
         prepare=lambda opened: opened.make("serviceaccounts", account("with-secret", **names("key")))),
    row("own-identity", "WORKLOAD_IDENTITY_PULL", "identity", "fail", "its own identity pulls",
         pod={"serviceAccountName": "federated"},
         prepare=lambda opened: opened.make(
             "serviceaccounts", account("federated", annotations={"iam.gke.io/enable-wi-image-pull": "true"}))),
    row("secret-shown", "PULL_SECRET_IN_USE", "identity", "fail", f"a credential for {HOST}",
         pod={"namespace": READABLE, **names("shown")},
         prepare=lambda opened: opened.make("secrets", secret("shown"))),
    row("secret-broken", "PULL_SECRET_IN_USE", "identity", "fail", "secret broken can't be read",
         pod={"namespace": READABLE, **names("broken")},
         prepare=lambda opened: opened.make("secrets", secret("broken", auth="nobody"))),
    row("secret-missing", "PULL_SECRET_IN_USE", "identity", "fail", "secret none does not exist",
         pod={"namespace": READABLE, **names("none")}),
    row("secret-elsewhere", "STALE_CREDENTIALS", "identity", "pass", "ghcr.io alone",
         pod={"namespace": READABLE, **names("elsewhere")},
         prepare=lambda opened: opened.make("secrets", secret("elsewhere", host="ghcr.io"))),
    row("secret-passed-over", "STALE_CREDENTIALS", "identity", "pass", "passes it over",
         pod={"namespace": READABLE, **names("opaque")},
         prepare=lambda opened: opened.make("secrets", secret("opaque", kind="Opaque"))),
    row("secret-refused", "PULL_SECRET_IN_USE", "identity", "fail", "may not be read",
         pod={"namespace": READABLE, **names("any")}, prepare=failing("secrets", 403, api="kubernetes")),
    row("static-pod", "STALE_CREDENTIALS", "identity", "pass", "a static pod",
         pod={"annotations": {"kubernetes.io/config.mirror": "hash"}}),
]  # fmt: skip
REGISTRY = [
    row("docker-hub", "OTHER_REGISTRY", "registry", "fail", "docker.io",
         pod={"image": "nginx:1"}, event={"message": f'Failed to pull image "nginx:1": {DENIED}'}),
    row("no-name", "NOT_A_CREDENTIAL", "registry", "fail", "is no image reference",
         pod={"image": "Not:An:Image"}, event={"message": "Error: ErrImagePull"}),
    row("gcr", "IMAGE_MISSING", "registry", "pass", "gcr.io serves projects/acme-prod",
         pod={"image": "gcr.io/acme-prod/worker:v1"},
         event={"message": f'Failed to pull image "gcr.io/acme-prod/worker:v1": {DENIED}'}),
]  # fmt: skip
MACHINE = [
    row("autopilot", "UNSUPPORTED", "supported", "fail", "is an Autopilot cluster",
         cluster=AUTOPILOT),
    row("windows", "UNSUPPORTED", "supported", "fail", "runs windows", pod={"node": WINDOWS}),
    row("foreign-machine", "UNKNOWN", "machine", "unknown", "not of acme-prod",
         pod={"node": FOREIGN}),
    row("no-such-pool", "UNKNOWN", "machine", "unknown", "made-up", pod={"node": UNPOOLED}),
    row("no-such-machine", "UNKNOWN", "machine", "unknown", "there is no machine",
         pod={"node": UNMADE}),
    row("machine-unreadable", "UNKNOWN", "machine", "unknown", "compute.instances.get",
         prepare=failing("instances", 403, api="compute")),
    row("default-account", "GRANT_MISSING", "access", "fail", STOCK_ONE, pod={"node": STOCK}),
    row("default-account-and-machine-unreadable", "UNKNOWN", "permission", "unknown",
         "which account default is: GET", pod={"node": STOCK}, prepare=nothing_of_the_project),
    row("default-account-of-a-machine-unreadable", "GRANT_MISSING", "access", "fail", STOCK_ONE,
         pod={"node": STOCK}, prepare=project_is_readable),
    row("machine-401", "UNKNOWN", "machine", "unknown", "is not accepted, which no grant mends",
         prepare=failing("instances", 401, api="compute")),
    row("scopes", "SCOPES_MISSING", "scopes", "fail", "logging.write allows reading",
         pod={"node": NARROW}),
]  # fmt: skip
IMAGES = [
    row("no-tag", "IMAGE_MISSING", "image", "fail", "404",
         pod={"image": f"{deployment.IMAGES}/worker:v9"},
         event={"message": f'Failed to pull image "{deployment.IMAGES}/worker:v9": {DENIED}'}),
    row("no-platform", "PLATFORM_MISMATCH", "image", "fail", "linux/amd64",
         pod={"image": f"{deployment.IMAGES}/arm:v1"},
         event={"message": f'Failed to pull image "{deployment.IMAGES}/arm:v1": {DENIED}'}),
    row("registry-401", "UNKNOWN", "image", "unknown", "is not accepted, which no grant mends",
         prepare=failing("manifests", 401)),
    *(
        row(f"registry-{status}", "UNKNOWN", "image", "unknown", str(status),
             prepare=failing("manifests", status))
        for status in (403, 429, 500, 503)
    ),
]  # fmt: skip
ACCESS = [
    row("no-grant", "GRANT_MISSING", "access", "fail", LONER, pod={"node": LONE}),
    row("denied-by-policy", "DENIED_BY_POLICY", "access", "fail", "a deny policy of projects/acme-prod",
         pod={"node": BARRED}),
    row("granted", "STALE_CREDENTIALS", "access", "pass", deployment.NODES),
    row("nothing-readable", "UNKNOWN", "access", "unknown", "403",
         prepare=nothing_of_iam),
]  # fmt: skip
OTHERS = [
    row("pulled-here", "RECOVERED", "node", "fail", "the node can pull again",
         prepare=pulled(HERE)),
    row("pulled-elsewhere", "STALE_CREDENTIALS", "time", "pass", f"on {THERE}",
         prepare=pulled(THERE)),
    row("pulled-as-another", "STALE_CREDENTIALS", "time", "pass", "access has held",
         prepare=pulled(LONE)),
]  # fmt: skip

CASES = (*MESSAGE, *POD, *IDENTITY, *REGISTRY, *MACHINE, *IMAGES, *ACCESS, *OTHERS)
