"""The nodes that may be probed and renewed: simulated machines with thirty pods each, and a refresh over them."""

import asyncio
from collections.abc import Sequence

from bench.scale.cluster import NAMESPACE, Large
from bench.scale.crowd import PODS_PER_NODE
from sandbox import deployment
from sandbox.objects.kinds import Object
from sandbox.scenarios import workloads

POOL = "apps"
IMAGE = f"{deployment.IMAGES}/api:v1"
_KIND = {"repull.bench/kubelet": "simulated"}
_SECONDS = 600.0
_AT_ONCE = 10  # machines that boot side by side


async def fill(large: Large, number: int, *, labels: dict[str, str] | None = None) -> tuple[str, ...]:
    """So many machines, and on each of them thirty ready pods, more or less: the scheduler spreads them."""
    world = large.world
    world.catalog.push(IMAGE, labels=labels)
    names = tuple(f"gke-main-apps-1f0c-{each:04}" for each in range(number))
    for name in names:
        world.fleet.add(
            name=name,
            zone="us-central1-a",
            pool=POOL,
            service_account=deployment.NODES,
            cpu="16",
            memory="64Gi",
            node_labels=_KIND,
        )
    for first in range(0, number, _AT_ONCE):
        await asyncio.gather(*(world.fleet[name].power_on() for name in names[first : first + _AT_ONCE]))
    for each in range(number):
        await world.admin.create("deployments", _deployment(f"api-{each:03}"))
    wanted = number * PODS_PER_NODE
    if not await large.stage.until(lambda: _ready(large) == wanted, "every pod READY", seconds=_SECONDS):
        raise RuntimeError(f"only {_ready(large)} of {wanted} pods are READY")
    large.say(f"  {number} simulated machines run {_ready(large):,} pods")
    return names


async def renew(large: Large, stale: Sequence[str], *, refresh: str, max_unavailable: int = 1) -> Object:
    """Open a refresh as a diagnosis does, while these nodes are stale; returns it when it has ended well."""
    world = large.world
    for name in stale:
        world.fleet[name].make_stale()
    await world.admin.create("noderefreshes", _refresh(refresh, max_unavailable))
    first = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": refresh, "slot": 0, "step": 0}
    await world.publish(deployment.STEPS_TOPIC, first)
    await world.view.catch_up()
    said = 0

    def over() -> bool:
        nonlocal said
        status = world.view.get("noderefreshes", refresh).get("status") or {}
        done = status.get("renewed", 0) + status.get("failed", 0) + status.get("refused", 0)
        if done > said:
            said = done
            large.say(f"  {done} of {len(stale)} are renewed")
        return bool(status.get("endedAt"))

    if not await large.stage.until(over, "the end of the refresh", seconds=3 * _SECONDS):
        raise RuntimeError("the refresh did not end")
    ended = world.view.get("noderefreshes", refresh)
    if ended["status"]["phase"] != "Succeeded":
        raise RuntimeError(f"the refresh has {ended['status']['phase']}: {ended['status'].get('message')}")
    return ended


def _ready(large: Large) -> int:
    found = large.world.view.list("deployments", NAMESPACE)
    return sum((each.get("status") or {}).get("readyReplicas") or 0 for each in found)


def _deployment(name: str) -> Object:
    made = workloads.deployment(name, in_namespace=NAMESPACE, image=IMAGE, replicas=PODS_PER_NODE)
    made["spec"]["template"]["spec"]["nodeSelector"] = _KIND
    return made


def _refresh(name: str, max_unavailable: int) -> Object:
    return {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": name},
        "spec": {
            "cluster": deployment.CLUSTER_KEY,
            "account": deployment.NODES,
            "repository": deployment.REPOSITORY,
            "image": IMAGE,
            "method": "Reset",
            "reason": "figures",
            "maxUnavailable": str(max_unavailable),
            "contrast": "proven",
        },
    }
