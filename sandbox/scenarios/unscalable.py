"""What is in the way of an outage that shall make the autoscaler remove the node: put there, and taken away."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sandbox.google.inventory import Autoscaled
from sandbox.objects.kinds import Object, uid_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import rights, runbook, workloads
from sandbox.scenarios.placing import IMAGE, NODE, delete, deployed
from sandbox.scenarios.stage import Stage

_NAME = "claimed"
FAILING = f"Deployment {runbook.NAMESPACE}/{_NAME}"
_WAITS = ("ErrImagePull", "ImagePullBackOff")
_KEPT = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
_NEVER_MOVED = "cluster-autoscaler.kubernetes.io/safe-to-evict"
_NEVER = 1e9
"""Simulated seconds: for so long no autoscaler of a story that is about something else takes a node away."""


@asynccontextmanager
async def autoscaler_at_least(stage: Stage) -> AsyncIterator[None]:
    """Its least is what the zone has."""
    machines = sum(machine.zone == runbook.NODES[NODE] for machine in stage.world.fleet)
    async with _autoscaled(stage, Autoscaled(least=machines, unneeded_seconds=_NEVER)):
        stage.say(f"the autoscaler of the pool {runbook.POOL} leaves {machines} nodes in each zone")
        yield


@asynccontextmanager
async def not_granted(stage: Stage) -> AsyncIterator[None]:
    async with _fails(stage):
        await rights.let_scale_no_more(stage)
        stage.say("this installation lets nobody scale")
        yield
        await rights.let_scale(stage)


@asynccontextmanager
async def kept(stage: Stage) -> AsyncIterator[None]:
    async with _fails(stage):
        await stage.world.admin.patch("nodes", NODE, {"metadata": {"annotations": {_KEPT: "true"}}})
        stage.say(f"somebody wants {NODE} to be kept, as its annotation says")
        yield
        await stage.world.admin.patch("nodes", NODE, {"metadata": {"annotations": {_KEPT: None}}})


@asynccontextmanager
async def nothing_fails(stage: Stage) -> AsyncIterator[None]:
    await rights.let_scale(stage)
    async with _autoscaled(stage, Autoscaled(unneeded_seconds=_NEVER)):
        stage.say(f"what runs on {NODE} was pulled in time")
        yield


@asynccontextmanager
async def stateful(stage: Stage) -> AsyncIterator[None]:
    def become(made: Object) -> None:
        made["kind"] = "StatefulSet"
        made["spec"]["serviceName"] = "ledger"

    async with _fails(stage, become, name="ledger", plural="statefulsets"):
        stage.say(f"a StatefulSet's pod on {NODE} can't pull")
        yield


@asynccontextmanager
async def claimed(stage: Stage) -> AsyncIterator[None]:
    async with _fails(stage):
        scaler = workloads.autoscaler(_NAME, in_namespace=runbook.NAMESPACE, of=_NAME)
        await stage.world.admin.create("horizontalpodautoscalers", scaler)
        stage.say(f"a pod on {NODE} can't pull, and an autoscaler sets how many there are of it")
        yield
        await delete(stage, "horizontalpodautoscalers", _NAME)


@asynccontextmanager
async def gitops(stage: Stage) -> AsyncIterator[None]:
    def become(made: Object) -> None:
        made["metadata"]["labels"]["argocd.argoproj.io/instance"] = "shop"

    async with _fails(stage, become):
        stage.say(f"a pod on {NODE} can't pull, and Argo CD keeps its Deployment as it is in the repository")
        yield


@asynccontextmanager
async def operated(stage: Stage) -> AsyncIterator[None]:
    """By whoever acts on a ConfigMap."""
    shop = {"metadata": {"name": "shop"}, "data": {"replicas": "1"}}
    made_for = await stage.world.admin.create("configmaps", shop, runbook.NAMESPACE)

    def become(made: Object) -> None:
        owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "shop", "uid": uid_of(made_for), "controller": True}
        made["metadata"]["ownerReferences"] = [owner]

    async with _fails(stage, become):
        stage.say(f"a pod on {NODE} can't pull, and an operator has made its Deployment for the ConfigMap shop")
        yield
    await delete(stage, "configmaps", "shop")


@asynccontextmanager
async def with_data(stage: Stage) -> AsyncIterator[None]:
    def become(made: Object) -> None:
        made["spec"]["template"]["spec"]["volumes"] = [{"name": "cache", "emptyDir": {}}]

    async with _fails(stage, become):
        stage.say(f"a pod on {NODE} can't pull, and what it and others of its Deployment keep lies on their nodes")
        yield


@asynccontextmanager
async def anchored(stage: Stage) -> AsyncIterator[None]:
    made = workloads.deployment("anchor", in_namespace=runbook.NAMESPACE, image=IMAGE, replicas=1)
    template = made["spec"]["template"]
    template["metadata"]["annotations"] = {_NEVER_MOVED: "false"}
    template["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    async with _fails(stage), deployed(stage, made):
        stage.say(f"a pod on {NODE} says that no autoscaler shall move it")
        yield


def _as_it_is(_: Object) -> None:
    return


@asynccontextmanager
async def _fails(
    stage: Stage, become: Callable[[Object], None] = _as_it_is, *, name: str = _NAME, plural: str = "deployments"
) -> AsyncIterator[None]:
    """What would be scaled for the node's sake, in a pool whose autoscaler would remove it."""
    await rights.let_scale(stage)
    missing = runbook.image("ocr-worker", "never-built")
    made = workloads.deployment(name, in_namespace=runbook.NAMESPACE, image=missing, replicas=1)
    made["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    become(made)

    def pods() -> list[Object]:
        return stage.world.view.list("pods", runbook.NAMESPACE, labels=f"app={name}")

    async with _autoscaled(stage, Autoscaled(unneeded_seconds=_NEVER)):
        await stage.world.admin.create(plural, made)
        await stage.until(lambda: any(map(_waits, pods())), f"{name} fails on {NODE}")
        yield
        await delete(stage, plural, name)
        await stage.until(lambda: not pods(), f"the end of {name}")


@asynccontextmanager
async def _autoscaled(stage: Stage, limits: Autoscaled) -> AsyncIterator[None]:
    pools = stage.world.inventory.clusters[0].autoscaled
    pools[runbook.POOL] = limits
    yield
    del pools[runbook.POOL]


def _waits(pod: Object) -> bool:
    states = [each.get("state") or {} for each in (pod.get("status") or {}).get("containerStatuses") or ()]
    waiting = [(state.get("waiting") or {}).get("reason") for state in states]
    return node_of(pod) == NODE and any(reason in _WAITS for reason in waiting)
