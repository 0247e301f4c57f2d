"""Pods that can't pull, one kind of them for each verdict; each has a repository of its own, so each is a new cause.

Nobody runs them: what a pod's status says is written here, as its kubelet would.
"""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox import beds, deployment
from sandbox.beds import BARRED, BARRED_ONE, FOREIGN, HERE, LONE, NARROW, THERE, WINDOWS
from sandbox.kube import times
from sandbox.objects.kinds import Object, name_of, uid_of
from sandbox.scenarios import workloads
from sandbox.world import World

NAMESPACE, CROWD = "bench", "crowd"
PROJECT = f"projects/{deployment.PROJECT}"
DENIED = "unexpected status from HEAD request to https://us-central1-docker.pkg.dev/v2/x/manifests/v1: 403 Forbidden"
BOTH = ("linux/amd64", "linux/arm64")
WITHOUT_WAITING = {"REPULL_PROPAGATION_SECONDS": "0"}
WITH_TOKENS = {"REPULL_IMPERSONATE": deployment.NODES}
"""Settings of the function."""

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """`settled_by` tells kinds of one verdict apart."""

    verdict: str
    settled_by: str
    event: str = DENIED  # what the kubelet's event says; the pod's status always permits a credential
    node: str = HERE
    host: str = deployment.IMAGES.rpartition("/")[0]
    platforms: tuple[str, ...] = BOTH  # of the image; none where it isn't there
    pod: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    there: bool = True  # False where the pod is gone
    pulled_on: str = ""  # the node on which another pod of the same repository runs
    settings: Mapping[str, str] = field(default_factory=dict)
    by_text: bool = False

    @asynccontextmanager
    async def failing(self, world: World) -> AsyncIterator[Object]:
        """Let another pod fail this way, for a while; yields the log entry of its event."""
        name = f"p{next(_numbers)}"
        image = f"{self.host}/{name}/worker:v1"
        if self.platforms:
            world.catalog.push(image, platforms=self.platforms, labels={"pod": name})  # an index that nobody has seen
        if self.pulled_on:
            await _admit(world, f"{name}-other", image, self.pulled_on, running(60), image_id="x@sha256:1")
        waiting = self.state or {"waiting": {"reason": "ErrImagePull", "message": DENIED}}
        made = await _admit(world, name, image, self.node, waiting, **self.pod)
        if not self.there:
            await world.admin.delete("pods", name, NAMESPACE, grace=0)
        yield _entry(made, f'Failed to pull image "{image}": {self.event}')
        for each in world.view.list("pods", NAMESPACE):
            await world.admin.delete("pods", name_of(each), NAMESPACE, grace=0)


def running(seconds: float = 0) -> Object:
    """Since so many seconds from now: later than whatever comes before."""
    return {"running": {"startedAt": times.seconds(times.now() + timedelta(seconds=seconds))}}


CASES = (
    Case(verdict="IMAGE_MISSING", settled_by="the message", event="rpc error: code = NotFound desc = x: not found",
         by_text=True),
    Case(verdict="PLATFORM_MISMATCH", settled_by="the message", event="no match for platform in manifest: not found",
         by_text=True),
    Case(verdict="NOT_A_CREDENTIAL", settled_by="the message", event="dial tcp 10.0.0.1:443: i/o timeout",
         by_text=True),
    Case(verdict="GONE", settled_by="the pod", there=False),
    Case(verdict="NOT_TRIED", settled_by="the pod", node="", pod={"nodeSelector": {"no": "where"}}),
    Case(verdict="RECOVERED", settled_by="the pod", state=running()),
    Case(verdict="PULL_SECRET_IN_USE", settled_by="the pod", pod={"imagePullSecrets": [{"name": "key"}]}),
    Case(verdict="WORKLOAD_IDENTITY_PULL", settled_by="its account", pod={"serviceAccountName": "federated"}),
    Case(verdict="OTHER_REGISTRY", settled_by="the image's name", host="docker.io", platforms=()),
    Case(verdict="UNSUPPORTED", settled_by="the node", node=WINDOWS),
    Case(verdict="UNKNOWN", settled_by="the node", node=FOREIGN),
    Case(verdict="SCOPES_MISSING", settled_by="the machine", node=NARROW),
    Case(verdict="IMAGE_MISSING", settled_by="the registry", platforms=()),
    Case(verdict="PLATFORM_MISMATCH", settled_by="the registry", platforms=("linux/arm64", "linux/s390x")),
    Case(verdict="GRANT_MISSING", settled_by="IAM", node=LONE),
    Case(verdict="DENIED_BY_POLICY", settled_by="IAM", node=BARRED),
    Case(verdict="RECOVERED", settled_by="a pull on the node", pulled_on=HERE),
    Case(verdict="PROPAGATING", settled_by="time"),
    Case(verdict="STALE_CREDENTIALS", settled_by="elimination", settings=WITHOUT_WAITING),
    Case(verdict="STALE_CREDENTIALS", settled_by="a pull elsewhere", pulled_on=THERE),
    Case(verdict="STALE_CREDENTIALS", settled_by="a fresh token", settings=WITH_TOKENS),
)  # fmt: skip


async def set_the_scene(world: World) -> None:
    """Nodes on which nothing runs, and who may do what."""
    grant = world.policies.grant
    for email in (deployment.NODES, BARRED_ONE):
        grant(f"serviceAccount:{email}", deployment.READER, PROJECT)
    grant(f"serviceAccount:{deployment.DIAGNOSE}", "roles/iam.serviceAccountTokenCreator", PROJECT)
    await beds.make(world)
    await world.admin.create("namespaces", workloads.namespace(NAMESPACE))
    annotations = {"iam.gke.io/enable-wi-image-pull": "true"}
    account_of_its_own = {"metadata": {"name": "federated", "namespace": NAMESPACE, "annotations": annotations}}
    await world.admin.create("serviceaccounts", account_of_its_own)


async def crowd(world: World, pods: int) -> None:
    """So many pods that run, from a repository of their own: the cluster in which a failure happens."""
    image = f"{deployment.IMAGES}/other:v1"
    await world.admin.create("namespaces", workloads.namespace(CROWD))
    for number in range(pods):
        await _admit(world, f"p{number}", image, THERE, running(), namespace=CROWD, image_id="x@sha256:1")


async def _admit(
    world: World,
    name: str,
    image: str,
    node: str,
    state: Mapping[str, Any],
    *,
    namespace: str = NAMESPACE,
    image_id: str = "",
    **spec: Any,
) -> Object:
    container = {"name": "main", "image": image, "imagePullPolicy": "Always"}
    spec |= {"nodeName": node, "containers": [container], "tolerations": [{"operator": "Exists"}]}
    await world.admin.create("pods", {"metadata": {"name": name, "namespace": namespace}, "spec": spec})
    seen = {"name": "main", "image": "", "imageID": image_id, "ready": False, "restartCount": 0, "state": dict(state)}
    status = {"phase": "Pending", "startTime": times.seconds(times.now()), "containerStatuses": [seen]}
    return await world.admin.patch("pods/status", name, {"status": status}, namespace)


def _entry(pod: Object, message: str) -> Object:
    """As Cloud Logging has the kubelet's event about the pod."""
    labels = {
        "project_id": deployment.PROJECT,
        "location": deployment.LOCATION,
        "cluster_name": deployment.CLUSTER,
        "namespace_name": NAMESPACE,
        "pod_name": name_of(pod),
    }
    about = {
        "kind": "Pod",
        "namespace": NAMESPACE,
        "name": name_of(pod),
        "uid": uid_of(pod),
        "fieldPath": "spec.containers{main}",
    }
    return {
        "logName": f"projects/{deployment.PROJECT}/logs/events",
        "resource": {"type": "k8s_pod", "labels": labels},
        "jsonPayload": {
            "kind": "Event",
            "involvedObject": about,
            "reason": "Failed",
            "type": "Warning",
            "message": message,
            "source": {"component": "kubelet", "host": pod["spec"].get("nodeName", "")},
        },
    }
