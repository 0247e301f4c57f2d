"""The method is ScaleWorkloads: an outage that is accepted, until the autoscaler has taken the stale node away."""

from sandbox import deployment, judge
from sandbox.google.inventory import Autoscaled
from sandbox.judge import Check
from sandbox.objects.kinds import Object
from sandbox.objects.pods import is_active, is_ready
from sandbox.scenarios import rights, runbook, workloads
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage

APPS, BATCH = "gke-main-apps-1f0c-a1", "gke-main-batch-77aa-a1"
UNNEEDED_SECONDS = 200.0
"""Simulated; the real autoscaler waits for ten minutes, which tell no more."""
FAILING, OTHER = "ocr-worker", "diff-worker"
REPLICAS = 2


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await _everything_runs(stage)
    runbook.go_stale(stage, BATCH)
    await runbook.roll_out(stage, "v2", [FAILING])
    await stage.refresh_is_over()
    await stage.until(lambda: _all_ready(stage, "v2"), "every pod READY, and the rollout done")
    scaled = judge.scaled_to_zero(world)
    return (
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
        judge.were_removed(world, (BATCH,)),
        Check(says=f"{FAILING} was scaled to zero, once, and no other", holds=scaled == [FAILING], why=str(scaled)),
        judge.have_replicas(world, runbook.NAMESPACE, REPLICAS),
        judge.were_reset(world, ()),
        judge.nothing_is_left(world),
        judge.refresh_ended(world, "Succeeded", "Complete"),
        judge.no_dead_letter(world),
    )


async def _everything_runs(stage: Stage) -> None:
    """A pool for each of two workloads; the one comes and goes as there are pods for it."""
    world = stage.world
    await rights.let_scale(stage)
    for name in (FAILING, OTHER):
        for version in ("v1", "v2"):
            world.catalog.push(runbook.image(name, version), log_lines=(runbook.WORKS,))
    for name, pool in ((APPS, "apps"), (BATCH, "batch")):
        world.fleet.add(name=name, zone="us-central1-a", pool=pool, service_account=deployment.NODES)
    (cluster,) = world.inventory.clusters
    cluster.autoscaled["batch"] = Autoscaled(unneeded_seconds=UNNEEDED_SECONDS)
    await world.fleet.power_on()
    await world.admin.create("namespaces", workloads.namespace(runbook.NAMESPACE))
    for name, pool in ((FAILING, "batch"), (OTHER, "apps")):
        made = workloads.deployment(
            name, in_namespace=runbook.NAMESPACE, image=runbook.image(name, "v1"), replicas=REPLICAS
        )
        made["spec"]["template"]["spec"]["nodeSelector"] = {"cloud.google.com/gke-nodepool": pool}
        await world.admin.create("deployments", made)
    await stage.until(lambda: _all_ready(stage, "v1"), "every pod READY")
    stage.say(f"{FAILING} runs in the pool batch, whose nodes come and go; {OTHER} runs in the pool apps")


def _all_ready(stage: Stage, version: str) -> bool:
    pods = [pod for pod in stage.world.view.list("pods", runbook.NAMESPACE) if is_active(pod)]
    rolled_out = [pod for pod in pods if _image(pod) == runbook.image(FAILING, version)]
    return len(pods) == 2 * REPLICAS and len(rolled_out) == REPLICAS and all(map(is_ready, pods))


def _image(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"])


SCENARIO = Scenario(
    name="scaled-to-zero",
    shows="the method is ScaleWorkloads: what can't pull has no replicas until the autoscaler has removed its node",
    play=play,
    settings={"REPULL_METHOD": "ScaleWorkloads", "REPULL_ACCEPT_OUTAGE": "allow"},
)
