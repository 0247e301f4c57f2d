"""The nodes that may be probed and renewed: simulated machines with thirty pods each, and a refresh over them."""

import asyncio
from collections.abc import Iterable, Sequence

from bench.scale.cluster import NAMESPACE, Large
from bench.scale.crowd import PODS_PER_NODE
from functions import ownership
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
    large.world.catalog.push(IMAGE, labels=labels)
    names = await boot(large, range(number))
    await deploy(large, [deployment_of(f"api-{each:03}", PODS_PER_NODE) for each in range(number)])
    return names


async def boot(large: Large, numbers: Iterable[int]) -> tuple[str, ...]:
    """The machines of these numbers; their nodes are there, and have no pods yet."""
    world = large.world
    names = tuple(f"gke-main-apps-1f0c-{each:04}" for each in numbers)
    for name in names:
        world.fleet.add(
            name=name,
            zone="us-central1-a",
            pool=POOL,
            service_account=deployment.NODES,
            cpu="16",
            memory="64Gi",
            node_labels={**_KIND, "kubernetes.io/hostname": name},
        )
    for first in range(0, len(names), _AT_ONCE):
        await asyncio.gather(*(world.fleet[name].power_on() for name in names[first : first + _AT_ONCE]))
    return names


async def deploy(large: Large, deployments: Iterable[Object]) -> None:
    """Returns when each of their pods is READY; there are no others. Raises RuntimeError."""
    wanted = 0
    for each in deployments:
        await large.world.admin.create("deployments", each)
        wanted += each["spec"]["replicas"]
    if not await large.stage.until(lambda: _ready(large) == wanted, "every pod READY", seconds=_SECONDS):
        raise RuntimeError(f"only {_ready(large)} of {wanted} pods are READY")
    large.say(f"  simulated machines run {wanted:,} pods")


async def renew(large: Large, stale: Sequence[str], *, refresh: str, max_unavailable: int = 1) -> None:
    """Open a refresh as a diagnosis does, while these nodes are stale, and wait until it has ended well."""
    await begin(large, stale, refresh=refresh, max_unavailable=max_unavailable)
    await ends_well(large, len(stale), refresh=refresh)


async def begin(
    large: Large, stale: Sequence[str], *, refresh: str, max_unavailable: int = 1, paused: str | None = None
) -> None:
    """The same without the wait. With `paused`, which says why, it takes no node until somebody lets it go on."""
    world = large.world
    for name in stale:
        world.fleet[name].make_stale()
    made = _refresh(refresh, max_unavailable)
    if paused is not None:
        made["metadata"]["annotations"] = {ownership.PAUSE: paused}
    await world.admin.create("noderefreshes", made)
    await _publish_first_step(large, refresh)
    await world.view.catch_up()


async def go_on(large: Large, refresh: str) -> None:
    """The pause is over before a node was taken; its step is published again, as the sweep does."""
    await large.world.admin.patch("noderefreshes", refresh, {"metadata": {"annotations": {ownership.PAUSE: None}}})
    await _publish_first_step(large, refresh)


async def ends_well(large: Large, number: int, *, refresh: str) -> None:
    """Returns when the refresh, which has so many nodes to renew, has succeeded. Raises RuntimeError."""
    world = large.world
    said = 0

    def over() -> bool:
        nonlocal said
        status = world.view.get("noderefreshes", refresh).get("status") or {}
        done = status.get("done", 0) - status.get("fresh", 0) - status.get("passedOver", 0)
        if done > said:
            said = done
            large.say(f"  {done} of {number} are renewed")
        return bool(status.get("endedAt"))

    if not await large.stage.until(over, "the end of the refresh", seconds=3 * _SECONDS):
        raise RuntimeError("the refresh did not end")
    ended = world.view.get("noderefreshes", refresh)
    if ended["status"]["phase"] != "Succeeded":
        raise RuntimeError(f"the refresh has {ended['status']['phase']}: {ended['status'].get('message')}")


async def _publish_first_step(large: Large, refresh: str) -> None:
    first = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": refresh, "slot": 0, "step": 0}
    await large.world.publish(deployment.STEPS_TOPIC, first)


def _ready(large: Large) -> int:
    found = large.world.view.list("deployments", NAMESPACE)
    return sum((each.get("status") or {}).get("readyReplicas") or 0 for each in found)


def deployment_of(name: str, replicas: int) -> Object:
    """Its pods may be put on simulated machines alone."""
    made = workloads.deployment(name, in_namespace=NAMESPACE, image=IMAGE, replicas=replicas)
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
