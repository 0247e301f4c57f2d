"""What a node's renewal costs beyond what its pods and its machine need: by us, and by a plain script of kubectl.

The script is the shortest that is right: drain, reset, wait until the kubelet is back, uncordon. Ready alone stays True
over a quick boot, so it waits for False, which a kubelet says when it starts, and then for True. It asks no registry
and no group, doesn't wait for replacements, and proves nothing about pulls. Its kubectl takes the same road to the
API server as we do, through the gate.
"""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx

from bench.figures import Figure
from bench.scale import chain, cluster, pool
from bench.scale.cluster import NAMESPACE, Large
from bench.scale.crowd import Crowd
from sandbox import deployment
from sandbox.machines.machine import Machine
from sandbox.real import kubectl

BY_US = 6
BY_SCRIPT = 6  # half of them before us, half after
SPARE = 4
RATIO = 0.5
SPEED = 10.0
STOP_SECONDS = 10.0
_REFRESH = "beside-a-script"
_SECONDS = 60.0


async def figures(say: Callable[[str], None]) -> tuple[Figure, ...]:
    """Both in one cluster, on the same kind of nodes with the same pods."""
    say("a script of kubectl, and we …")
    nobody = Crowd(nodes=0, labels={}, shared=NAMESPACE, others=0)
    async with cluster.running(nobody, speed=SPEED, say=say) as large:
        labels = {"sandbox.stop-seconds": f"{STOP_SECONDS:g}"}
        names = await pool.fill(large, BY_US + BY_SCRIPT + SPARE, labels=labels)
        ours, theirs = names[:BY_US], names[BY_US : BY_US + BY_SCRIPT]
        script = [await _by_script(large, name) for name in theirs[: BY_SCRIPT // 2]]
        us = await _by_us(large, ours)
        script += [await _by_script(large, name) for name in theirs[BY_SCRIPT // 2 :]]
    mine, its = statistics.median(us), statistics.median(script)
    return (
        Figure(
            name="own overhead per node / that of a script of kubectl",
            value=mine / its,
            floor=RATIO,
            detail=f"{mine:.2f} and {its:.2f} s beyond the pods' grace and the machine's boot, medians of {len(us)} "
            f"({min(us):.2f} to {max(us):.2f}) and {len(script)} ({min(script):.2f} to {max(script):.2f})",
        ),
    )


async def _by_us(large: Large, names: tuple[str, ...]) -> list[float]:
    """From the message that began a node's step to the one that begins the next: choosing and proving included."""
    await pool.renew(large, names, refresh=_REFRESH)
    reset = [call.name for call in large.world.books.calls(api="compute", verb="reset", user=deployment.REFRESH)]
    of_nodes = [end - begin for begin, end in chain.steps(large, _REFRESH)[:-1]]
    nodes = reset[-len(of_nodes) :]
    return [seconds - _needed(large.world.fleet[name]) for seconds, name in zip(of_nodes, nodes, strict=True)]


async def _by_script(large: Large, name: str) -> float:
    large.say(f"  {name} by the script")
    node, config = f"node/{name}", cluster.through_the_gate(large)
    began = time.monotonic()
    await kubectl.run(config, "drain", name, "--ignore-daemonsets", "--delete-emptydir-data")
    await _reset(large, name)
    await _wait(config, node, "False")
    await _wait(config, node, "True")
    await kubectl.run(config, "uncordon", name)
    return time.monotonic() - began - _needed(large.world.fleet[name])


async def _wait(config: Path, node: str, ready: str) -> None:
    await kubectl.run(config, "wait", node, f"--for=condition=Ready={ready}", f"--timeout={_SECONDS:.0f}s")


async def _reset(large: Large, name: str) -> None:
    """As `gcloud compute instances reset` asks for it, without the second that gcloud takes to start."""
    world = large.world
    token = world.identities.issue(deployment.REFRESH)
    zone = f"/compute/v1/projects/{deployment.PROJECT}/zones/{world.fleet[name].zone}"
    async with httpx.AsyncClient(
        base_url=world.refresh.environ["REPULL_COMPUTE_ENDPOINT"],
        headers={"authorization": f"Bearer {token}"},
        timeout=_SECONDS,
        trust_env=False,
    ) as http:
        operation = (await http.post(f"{zone}/instances/{name}/reset")).raise_for_status().json()
        (await http.post(f"{zone}/operations/{operation['name']}/wait")).raise_for_status()


def _needed(machine: Machine) -> float:
    """What the pods' grace and the machine's boot took: a script that does nothing else would take as long."""
    outage = machine.outages[-1]
    if outage.ready_at is None:
        raise RuntimeError(f"{machine.name} has not come back")
    return STOP_SECONDS / SPEED + (outage.ready_at - outage.off_at) / timedelta(seconds=1)
