"""What can be in the way of a node's renewal: each is put there, and taken away again."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox import deployment
from sandbox.kube import times
from sandbox.objects.kinds import Object, name_of
from sandbox.objects.pods import is_ready, node_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.attached_volume import attachment
from sandbox.scenarios.stage import Stage

NODE = runbook.A1
IMAGE = runbook.image("ocr-worker", "v1")
WINDOWS = "gke-main-apps-windows"
VOLUME = "pvc-of-the-scratch-disk"
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
BATCH = "gke-main-batch-77aa-a1"


@asynccontextmanager
async def nothing(_: Stage) -> AsyncIterator[None]:
    """A setting, or the message itself, is in the way."""
    yield


@asynccontextmanager
async def bare_pod(stage: Stage) -> AsyncIterator[None]:
    await _create(stage, _pod("lone", node=NODE))
    stage.say(f"somebody has made a pod on {NODE} by hand: prod-app/lone")
    yield
    await _delete(stage, "pods", "lone")


@asynccontextmanager
async def local_data(stage: Stage) -> AsyncIterator[None]:
    made = workloads.deployment("cache", in_namespace=runbook.NAMESPACE, image=IMAGE, replicas=1)
    template = made["spec"]["template"]["spec"]
    template["volumes"] = [{"name": "cache", "emptyDir": {}}]
    template["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    async with _deployed(stage, made):
        stage.say(f"a pod on {NODE} keeps its data in an emptyDir")
        yield


@asynccontextmanager
async def volume_stays(stage: Stage) -> AsyncIterator[None]:
    """A volume of a DaemonSet's pod, which a drain leaves: each pod has a claim of its own."""
    made = workloads.daemon_set("scratch", in_namespace=runbook.NAMESPACE, image=IMAGE)
    template = made["spec"]["template"]["spec"]
    template["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    template["volumes"] = [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": _CLAIM}}}]
    async with _deployed(stage, made, plural="daemonsets") as (pod,):
        name = f"{name_of(pod)}-data"
        claim = {"metadata": {"name": name}, "spec": {**_CLAIM, "volumeName": VOLUME}}
        await stage.world.admin.create("persistentvolumeclaims", claim, runbook.NAMESPACE)
        await stage.world.admin.create("volumeattachments", attachment(VOLUME, node=NODE))
        stage.say(f"a DaemonSet's pod on {NODE} has volume {VOLUME}")
        yield
        await _delete(stage, "volumeattachments", VOLUME, "")
        await _delete(stage, "persistentvolumeclaims", name)


@asynccontextmanager
async def no_room(stage: Stage) -> AsyncIterator[None]:
    """The other nodes are nearly full, and this one has a large pod."""
    fillers = {f"filler-{index}": node for index, node in enumerate(_others(stage))}
    for name, node in fillers.items():
        await _create(stage, _pod(name, node=node, cpu="3"))
    giant = workloads.deployment("giant", in_namespace=runbook.NAMESPACE, image=IMAGE, replicas=1)
    giant["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "2"}}
    async with _deployed(stage, giant):
        stage.say(f"a pod on {NODE} asks for 2 cpu, and no other node has so much left")
        yield
    for name in fillers:
        await _delete(stage, "pods", name)


@asynccontextmanager
async def others_cordoned(stage: Stage) -> AsyncIterator[None]:
    """Those of the pool: one of another pool takes pods, and can pull."""
    others, fleet = _others(stage), stage.world.fleet
    for node in others:
        await stage.world.admin.patch("nodes", node, {"spec": {"unschedulable": True}})
    stage.say(f"somebody has cordoned every other node of the pool {runbook.POOL}")
    batch = fleet.add(name=BATCH, zone=runbook.NODES[NODE], pool="batch", service_account=deployment.NODES)
    await batch.power_on()
    yield
    await fleet.remove(BATCH)
    for node in others:
        await stage.world.admin.patch("nodes", node, {"spec": {"unschedulable": None}})


@asynccontextmanager
async def left_cordoned(stage: Stage) -> AsyncIterator[None]:
    """A Node alone, so that others still take pods."""
    cordoned = {"labels": {"repull.dev/cordoned-by": "earlier"}}
    async with _phantom(stage, "gke-main-apps-left", metadata=cordoned, spec={"unschedulable": True}, ready=True):
        stage.say("an earlier refresh had to leave gke-main-apps-left cordoned")
        yield


@asynccontextmanager
async def another_is_down(stage: Stage) -> AsyncIterator[None]:
    async with _phantom(stage, "gke-main-apps-ails", metadata={}, spec={}, ready=False):
        stage.say("gke-main-apps-ails, of the same pool, is not Ready")
        yield


@asynccontextmanager
async def windows(stage: Stage) -> AsyncIterator[None]:
    info = {"operatingSystem": "windows", "osImage": "Windows Server Datacenter"}
    async with _phantom(stage, WINDOWS, metadata={}, spec={}, ready=True, info=info):
        stage.say(f"{WINDOWS}, of the same pool, runs Windows")
        yield


@asynccontextmanager
async def pool_is_changed(stage: Stage) -> AsyncIterator[None]:
    status = stage.world.inventory.clusters[0].pool_status
    status[runbook.POOL] = "RECONCILING"
    stage.say(f"GKE upgrades the pool {runbook.POOL}")
    yield
    del status[runbook.POOL]


@asynccontextmanager
async def autopilot(stage: Stage) -> AsyncIterator[None]:
    clusters = stage.world.inventory.clusters
    standard = clusters[0]
    clusters[0] = replace(standard, autopilot=True)
    stage.say("the cluster is an Autopilot one")
    yield
    clusters[0] = standard


@asynccontextmanager
async def scaled_down(stage: Stage) -> AsyncIterator[None]:
    taint = {"key": "ToBeDeletedByClusterAutoscaler", "value": "1", "effect": "NoSchedule"}
    await stage.world.admin.patch("nodes", NODE, {"spec": {"taints": [taint]}})
    stage.say(f"the autoscaler is about to remove {NODE}")
    yield
    await stage.world.admin.patch("nodes", NODE, {"spec": {"taints": None}})


@asynccontextmanager
async def local_ssd(stage: Stage) -> AsyncIterator[None]:
    machine = stage.world.fleet[NODE]
    machine.local_ssds = 1
    stage.say(f"{NODE} has a local SSD")
    yield
    machine.local_ssds = 0


@asynccontextmanager
async def renewed_of_late(stage: Stage) -> AsyncIterator[None]:
    renewal = {
        "instance": str(stage.world.fleet[NODE].instance_id),
        "cause": deployment.REPOSITORY,
        "at": (times.now() - timedelta(hours=1)).isoformat(),
        "refresh": "earlier",
        "method": "Reset",
    }
    async with _state(stage, renewals=json.dumps([renewal])):
        stage.say(f"an hour ago {NODE} was renewed for the same cause")
        yield


@asynccontextmanager
async def spoilt_state(stage: Stage) -> AsyncIterator[None]:
    async with _state(stage, renewals="[{"):
        stage.say("somebody has edited the ConfigMap repull/state, and left it half done")
        yield


@asynccontextmanager
async def cluster_paused(stage: Stage) -> AsyncIterator[None]:
    async with _state(stage, paused=json.dumps({"by": "ann", "why": "the launch is on"})):
        stage.say("ann pauses the cluster")
        yield


@asynccontextmanager
async def opted_out(stage: Stage) -> AsyncIterator[None]:
    await stage.world.admin.patch("nodes", NODE, {"metadata": {"labels": {"repull.dev/exclude": ""}}})
    stage.say(f"somebody has excluded {NODE} by a label")
    yield
    await stage.world.admin.patch("nodes", NODE, {"metadata": {"labels": {"repull.dev/exclude": None}}})


def _others(stage: Stage) -> list[str]:
    return [name for each in stage.world.view.list("nodes") if (name := name_of(each)) != NODE]


@asynccontextmanager
async def _deployed(stage: Stage, made: Object, *, plural: str = "deployments") -> AsyncIterator[list[Object]]:
    """One whose pods run on NODE, as no other node takes them: these."""
    name = name_of(made)

    def pods() -> list[Object]:
        return stage.world.view.list("pods", runbook.NAMESPACE, labels=f"app={name}")

    def runs() -> bool:
        return bool(pods()) and all(is_ready(pod) and node_of(pod) == NODE for pod in pods())

    await stage.world.admin.create(plural, made)
    await stage.until(runs, f"{name} on {NODE}")
    yield pods()
    await _delete(stage, plural, name)
    await stage.until(lambda: not pods(), f"the end of {name}")


@asynccontextmanager
async def _phantom(
    stage: Stage,
    name: str,
    *,
    metadata: dict[str, Any],
    spec: dict[str, Any],
    ready: bool,
    info: dict[str, Any] | None = None,
) -> AsyncIterator[None]:
    """A Node of the pool behind which there is no machine; it was made long ago, as far as anybody can tell."""
    like = await stage.world.admin.get("nodes", runbook.B1)
    labels = {**like["metadata"]["labels"], **metadata.get("labels", {}), "kubernetes.io/hostname": name}
    condition = {"type": "Ready", "status": str(ready), "reason": "Kubelet", "message": "a phantom"}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {**metadata, "name": name, "labels": labels},
        "spec": spec,
        "status": {**like["status"], "conditions": [condition], "nodeInfo": like["status"]["nodeInfo"] | (info or {})},
    }
    await stage.world.admin.create("nodes", node)
    yield
    await _delete(stage, "nodes", name, "")


@asynccontextmanager
async def _state(stage: Stage, **data: str) -> AsyncIterator[None]:
    """What repull remembers."""
    await stage.world.admin.create("configmaps", {"metadata": {"name": "state"}, "data": data}, "repull")
    yield
    await _delete(stage, "configmaps", "state", "repull")


async def _create(stage: Stage, pod: Object) -> None:
    await stage.world.admin.create("pods", pod)


async def _delete(stage: Stage, plural: str, name: str, namespace: str = runbook.NAMESPACE) -> None:
    await stage.world.admin.delete(plural, name, namespace, grace=0)


def _pod(name: str, *, node: str, cpu: str = "100m") -> Object:
    """One that nobody brings back."""
    container = {"name": "main", "image": IMAGE, "resources": {"requests": {"cpu": cpu}}}
    metadata = {"name": name, "namespace": runbook.NAMESPACE}
    spec = {"nodeName": node, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
