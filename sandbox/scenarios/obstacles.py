"""What can be in the way of a node's renewal on the node itself, or in what is remembered: put and taken away."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sandbox import deployment
from sandbox.kube import times
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.attached_volume import attachment
from sandbox.scenarios.placing import IMAGE, NODE, create, delete, deployed, lone_pod
from sandbox.scenarios.stage import Stage

VOLUME = "pvc-of-the-scratch-disk"
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


@asynccontextmanager
async def nothing(_: Stage) -> AsyncIterator[None]:
    """A setting, or the message itself, is in the way."""
    yield


@asynccontextmanager
async def bare_pod(stage: Stage) -> AsyncIterator[None]:
    await create(stage, lone_pod("lone", node=NODE))
    stage.say(f"somebody has made a pod on {NODE} by hand: prod-app/lone")
    yield
    await delete(stage, "pods", "lone")


@asynccontextmanager
async def local_data(stage: Stage) -> AsyncIterator[None]:
    made = workloads.deployment("cache", in_namespace=runbook.NAMESPACE, image=IMAGE, replicas=1)
    template = made["spec"]["template"]["spec"]
    template["volumes"] = [{"name": "cache", "emptyDir": {}}]
    template["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    async with deployed(stage, made):
        stage.say(f"a pod on {NODE} keeps its data in an emptyDir")
        yield


@asynccontextmanager
async def volume_stays(stage: Stage) -> AsyncIterator[None]:
    """A volume of a DaemonSet's pod, which a drain leaves: each pod has a claim of its own."""
    made = workloads.daemon_set("scratch", in_namespace=runbook.NAMESPACE, image=IMAGE)
    template = made["spec"]["template"]["spec"]
    template["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    template["volumes"] = [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": _CLAIM}}}]
    async with deployed(stage, made, plural="daemonsets") as (pod,):
        name = f"{name_of(pod)}-data"
        claim = {"metadata": {"name": name}, "spec": {**_CLAIM, "volumeName": VOLUME}}
        await stage.world.admin.create("persistentvolumeclaims", claim, runbook.NAMESPACE)
        await stage.world.admin.create("volumeattachments", attachment(VOLUME, node=NODE))
        stage.say(f"a DaemonSet's pod on {NODE} has volume {VOLUME}")
        yield
        await delete(stage, "volumeattachments", VOLUME, "")
        await delete(stage, "persistentvolumeclaims", name)


@asynccontextmanager
async def scaled_down(stage: Stage) -> AsyncIterator[None]:
    async with _tainted(stage, "ToBeDeletedByClusterAutoscaler"):
        stage.say(f"the autoscaler is about to remove {NODE}")
        yield


@asynccontextmanager
async def about_to_end(stage: Stage) -> AsyncIterator[None]:
    async with _tainted(stage, "cloud.google.com/impending-node-termination"):
        stage.say(f"Google is about to end the machine of {NODE}")
        yield


@asynccontextmanager
async def _tainted(stage: Stage, key: str) -> AsyncIterator[None]:
    taint = {"key": key, "value": "1", "effect": "NoSchedule"}
    await stage.world.admin.patch("nodes", NODE, {"spec": {"taints": [taint]}})
    yield
    await stage.world.admin.patch("nodes", NODE, {"spec": {"taints": None}})


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
async def others_renewed_of_late(stage: Stage) -> AsyncIterator[None]:
    """As many as the percentage allows, of a pool of any size."""
    at = (times.now() - timedelta(minutes=10)).isoformat()
    renewal = {"cause": "another", "at": at, "refresh": "earlier", "method": "Reset", "pool": runbook.POOL}
    async with _state(stage, renewals=json.dumps([{**renewal, "instance": "4711"}])):
        stage.say(f"ten minutes ago another node of the pool {runbook.POOL} was renewed")
        yield


@asynccontextmanager
async def drained_by_gke(stage: Stage) -> AsyncIterator[None]:
    label = "operation.gke.io/type"
    await stage.world.admin.patch("nodes", NODE, {"metadata": {"labels": {label: "drain"}}})
    stage.say(f"GKE is about to drain {NODE}")
    yield
    await stage.world.admin.patch("nodes", NODE, {"metadata": {"labels": {label: None}}})


@asynccontextmanager
async def spoilt_state(stage: Stage) -> AsyncIterator[None]:
    async with _state(stage, renewals="[{"):
        stage.say("somebody has edited the ConfigMap repull/state, and left it half done")
        yield


@asynccontextmanager
async def renewal_to_come(stage: Stage) -> AsyncIterator[None]:
    at = (times.now() + timedelta(days=365)).isoformat()
    renewal = {"instance": "4711", "cause": "another", "at": at, "refresh": "earlier", "method": "Reset"}
    async with _state(stage, renewals=json.dumps([renewal])):
        stage.say("a renewal is remembered that is a year to come")
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


@asynccontextmanager
async def _state(stage: Stage, **data: str) -> AsyncIterator[None]:
    """What repull remembers."""
    await stage.world.admin.create("configmaps", {"metadata": {"name": "state"}, "data": data}, "repull")
    yield
    await delete(stage, "configmaps", "state", "repull")
