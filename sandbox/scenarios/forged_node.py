"""Whoever may create a Node may name any machine in it. Only the cluster's own instance groups are believed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.kube import times
from sandbox.kube.client import ApiError, KubeClient
from sandbox.objects.kinds import Object, name_of, namespace_of
from sandbox.scenarios import runbook
from sandbox.scenarios.phantom import keep_ready
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

STALE = runbook.A1
TARGET = "billing-database"
FORGED = TARGET  # as GKE would name the node of that machine
ZONE = "us-central1-a"


@dataclass(kw_only=True)
class Bystander:
    """A machine of the same project that belongs to no cluster."""

    name: str = TARGET
    zone: str = ZONE
    project: str = deployment.PROJECT
    pool: str = ""
    instance_id: int = 4_711_000_000_000_000_001
    service_account: str = f"billing@{deployment.PROJECT}.iam.gserviceaccount.com"
    scopes: tuple[str, ...] = ()
    spot: bool = False
    local_ssds: int = 0
    regional_disks: tuple[str, ...] = ()
    exists: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    status: str = "RUNNING"
    last_start: str = "2025-01-01T00:00:00.000+00:00"
    touched: int = 0

    async def reset(self) -> None:
        self.touched += 1

    recreate = stop = start = reset


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    target = Bystander()
    world.inventory.bystanders.append(target)
    await runbook.everything_runs(stage)
    await forge_node(world.admin)
    liar = asyncio.create_task(deny_every_pull(world.admin))
    stage.say(f"somebody creates a Node for the machine {TARGET}, which is in no node pool, and plays its kubelet")
    try:
        runbook.go_stale(stage, STALE)
        await runbook.roll_out(stage, "v2")
        await stage.refresh_is_over()
    finally:
        liar.cancel()
        await asyncio.gather(liar, return_exceptions=True)
    return (
        Check(says=f"{TARGET} was never touched", holds=target.touched == 0),
        judge.were_reset(world, [STALE]),
        judge.no_node_was_cordoned(world, but=[STALE]),
        judge.nothing_is_left(world),
        judge.refresh_ended(world, "Failed", "Failed", naming=(FORGED,)),
        judge.counted(world, renewed=1, fresh=3, refused=1),
    )


async def forge_node(client: KubeClient, *, like: str = runbook.A2) -> None:
    """A copy of an honest node of the pool, but for its name and its machine, that is Ready for the next hour."""
    honest = await client.get("nodes", like)
    labels = {**honest["metadata"]["labels"], "kubernetes.io/hostname": FORGED}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": FORGED, "labels": labels},
        "spec": {
            "providerID": f"gce://{deployment.PROJECT}/{ZONE}/{TARGET}",
            "taints": [{"key": "reserved", "value": "liar", "effect": "NoSchedule"}],
        },
        "status": honest["status"],
    }
    await keep_ready(client, FORGED)
    await client.create("nodes", node)


async def deny_every_pull(client: KubeClient) -> None:
    """The forger's kubelet: whatever is bound to its node cannot pull, it says, for want of a credential."""
    async for event in client.watch("pods", fields=f"spec.nodeName={FORGED}"):
        pod = event.object
        if event.type == "DELETED" or (pod.get("status") or {}).get("containerStatuses"):
            continue
        try:
            await client.patch("pods/status", name_of(pod), {"status": denied(pod)}, namespace_of(pod))
        except ApiError:
            continue  # it was taken away meanwhile


def denied(pod: Object) -> Object:
    container = pod["spec"]["containers"][0]
    cause = (
        f'failed to pull and unpack image "{container["image"]}": failed to resolve image: '
        f"unexpected status from HEAD request to https://{deployment.REGISTRY_HOST}/v2/: 401 Unauthorized"
    )
    waiting = {"reason": "ErrImagePull", "message": cause}
    return {
        "phase": "Pending",
        "startTime": times.seconds(times.now()),
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": False,
                "restartCount": 0,
                "state": {"waiting": waiting},
            }
        ],
    }


SCENARIO = Scenario(
    name="forged-node",
    shows="a Node object that names a machine outside the cluster's instance groups is never reset",
    play=play,
)
