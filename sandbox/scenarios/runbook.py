"""The cluster of the runbook: namespace prod-app, three workers, a DaemonSet, four nodes in two zones."""

from collections.abc import Iterable

from sandbox import deployment
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import Object
from sandbox.objects.pods import is_active, is_ready
from sandbox.scenarios import workloads
from sandbox.scenarios.stage import Stage

NAMESPACE = "prod-app"
POOL = "apps"
NODES = {
    "gke-main-apps-1f0c-a1": "us-central1-a",
    "gke-main-apps-1f0c-a2": "us-central1-a",
    "gke-main-apps-83d2-b1": "us-central1-b",
    "gke-main-apps-83d2-b2": "us-central1-b",
}
A1, A2, B1, B2 = NODES
WORKERS = {"ocr-worker": "OCR worker", "diff-worker": "diff worker", "summary-worker": "summary worker"}
WORKS = "listening for messages..."
AGENT = "log-agent"
AGENT_WORKS = "Starting log agent"
REPLICAS = 4


def image(name: str, version: str) -> str:
    """Of one of the workloads."""
    return f"{deployment.IMAGES}/{name}:{version}"


async def everything_runs(stage: Stage) -> None:
    """The cluster on a good day: every node can pull, every pod runs version v1."""
    world = stage.world
    for version in ("v1", "v2"):
        for name, title in WORKERS.items():
            lines = (f"Starting {title} {version}", WORKS)
            world.catalog.push(image(name, version), log_lines=lines)
    world.catalog.push(image(AGENT, "v1"), log_lines=(AGENT_WORKS,))
    for name, zone in NODES.items():
        world.fleet.add(name=name, zone=zone, pool=POOL, service_account=deployment.NODES)
    await world.fleet.power_on()
    await world.admin.create("namespaces", workloads.namespace(NAMESPACE))
    for name in WORKERS:
        made = workloads.deployment(
            name, in_namespace=NAMESPACE, image=image(name, "v1"), replicas=REPLICAS, promise=WORKS
        )
        await world.admin.create("deployments", made)
    agent = workloads.daemon_set(AGENT, in_namespace=NAMESPACE, image=image(AGENT, "v1"), promise=AGENT_WORKS)
    await world.admin.create("daemonsets", agent)
    await stage.until(lambda: all_ready(stage), "every pod of prod-app READY")
    stage.say(f"cluster {deployment.CLUSTER_KEY} is up: {len(NODES)} nodes, every pod of {NAMESPACE} runs v1")


def go_stale(stage: Stage, *names: str) -> tuple[Machine, ...]:
    """The credentials that these nodes hold are worth nothing from now on."""
    machines = tuple(stage.world.fleet[name] for name in names)
    for machine in machines:
        machine.make_stale()
    stage.say(f"the credentials of {' and '.join(names)} have gone stale; nobody knows yet")
    return machines


async def roll_out(stage: Stage, version: str, workers: Iterable[str] = tuple(WORKERS)) -> None:
    """A team ships a new version: new pods, new images to pull."""
    for name in workers:
        shipped = workloads.new_image(image(name, version))
        await stage.world.admin.patch("deployments", name, shipped, NAMESPACE, kind="strategic-merge")
    stage.say(f"somebody rolls out {version} of {', '.join(workers)}")


async def settles(stage: Stage) -> bool:
    """Wait until every pod runs, in the version that its Deployment asks for."""
    return await stage.until(lambda: all_ready(stage), "every pod of prod-app READY, and every rollout done")


def all_ready(stage: Stage) -> bool:
    """Every rollout is done, and every pod of the namespace READY."""
    view = stage.world.view
    pods = [pod for pod in view.list("pods", NAMESPACE) if is_active(pod)]
    enough = len(pods) == len(WORKERS) * REPLICAS + len(NODES)
    return enough and all(map(is_ready, pods)) and all(map(_rolled_out, view.list("deployments", NAMESPACE)))


def _rolled_out(found: Object) -> bool:
    status = found.get("status") or {}
    wanted = found["spec"]["replicas"]
    seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
    counts = (status.get("replicas"), status.get("updatedReplicas"), status.get("availableReplicas"))
    return seen and counts == (wanted, wanted, wanted)
