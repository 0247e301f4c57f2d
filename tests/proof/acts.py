"""What somebody does before a story or in its middle: to machines, to the world, to the refresh."""

from datetime import timedelta

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.google.inventory import Autoscaled
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import paused, rights, runbook, workloads
from sandbox.scenarios.attached_volume import attachment
from sandbox.scenarios.newer_node import NEWER
from sandbox.scenarios.stage import Stage
from sandbox.timestamps import now
from tests.e2e import smallest
from tests.proof.scene import Body
from tests.proof.waiting import comes, waits_with

BATCH = "batch"
BUDGET = "for-a-while"
FAILING = "v2"
VOLUME = "pvc-of-the-day-before"
ELSEWHERE = "default"
"""A namespace; in the usual one are only the worker's pods."""
AGENT = runbook.image(runbook.AGENT, "v1")
ANY_TIME = {"REPULL_WINDOWS": "Mon-Sun 00:00-24:00"}
REMEDIATE = {"REPULL_MODE": "remediate"}


def nothing(_: Machine) -> None:
    """It is well."""


def ails_for_good(machine: Machine) -> None:
    machine.heals = False
    machine.make_stale()


def never_boots(machine: Machine) -> None:
    machine.boots = False
    machine.make_stale()


def heals_neither_way(machine: Machine) -> None:
    machine.replacement_heals = False
    ails_for_good(machine)


def never_stops(machine: Machine) -> None:
    machine.stops = False
    machine.make_stale()


async def abort(stage: Stage) -> Body:
    (refresh,) = stage.refreshes()
    return {"action": "abort", "refresh": name_of(refresh), "reason": "a proof"}


async def guard(stage: Stage) -> None:
    """Somebody's budget allows no pod to go, after the preflight has looked."""
    wants_all = len(stage.world.view.list("pods", runbook.NAMESPACE))
    made = workloads.budget(BUDGET, in_namespace=runbook.NAMESPACE, app=smallest.WORKER, min_available=wants_all)
    await stage.world.admin.create("poddisruptionbudgets", made)


async def guard_no_more(stage: Stage) -> None:
    await stage.world.admin.delete("poddisruptionbudgets", BUDGET, runbook.NAMESPACE)


async def fails(stage: Stage, version: str = FAILING) -> None:
    """A rollout whose new pod goes to the stale node."""
    admin = stage.world.admin
    await admin.patch("nodes", smallest.OTHER, {"spec": {"unschedulable": True}})
    stage.world.catalog.push(runbook.image(smallest.WORKER, version), log_lines=("Starting OCR worker",))
    await runbook.roll_out(stage, version, [smallest.WORKER])

    def failing() -> bool:
        pods = stage.world.view.list("pods", runbook.NAMESPACE)
        return any(node_of(pod) == smallest.STALE and waits_with(pod, "ImagePullBackOff") for pod in pods)

    await comes(stage, failing, "a pod on the stale node that can't pull")
    await admin.patch("nodes", smallest.OTHER, {"spec": {"unschedulable": None}})


async def fails_where_nodes_come_and_go(stage: Stage) -> None:
    """The pool is the autoscaler's, which has much patience yet."""
    await rights.let_scale(stage)
    _autoscaled(stage, unneeded_seconds=1e9)
    await fails(stage)


async def failed(stage: Stage) -> None:
    """The node has come round; its kubelet backs off still. It has no image of another story."""
    found = stage.world.view.get("deployments", smallest.WORKER, runbook.NAMESPACE)
    await fails(stage, f"{FAILING}-{found['metadata']['generation']}")
    stage.world.fleet[smallest.STALE].renew_token()


async def come_round(stage: Stage) -> None:
    """The node can pull by itself now, and so can the pod that failed on it."""
    stage.world.fleet[smallest.STALE].renew_token()


async def hurry(stage: Stage) -> None:
    """The autoscaler has no more patience."""
    _autoscaled(stage, unneeded_seconds=10)


def _autoscaled(stage: Stage, *, unneeded_seconds: float) -> None:
    (cluster,) = stage.world.inventory.clusters
    cluster.autoscaled[BATCH] = Autoscaled(unneeded_seconds=unneeded_seconds)


async def cordon(stage: Stage) -> None:
    """Somebody has reasons of their own."""
    await stage.world.admin.patch("nodes", smallest.STALE, {"spec": {"unschedulable": True}})


async def change_the_pool(stage: Stage) -> None:
    (cluster,) = stage.world.inventory.clusters
    cluster.pool_status[runbook.POOL] = "RECONCILING"


async def leave_the_pool(stage: Stage) -> None:
    (cluster,) = stage.world.inventory.clusters
    cluster.pool_status.clear()


async def begin_to_drain(stage: Stage) -> None:
    """GKE means to upgrade the node."""
    await _as_gke(stage, {"operation.gke.io/type": "drain"}, cordoned=True)


async def drain_no_more(stage: Stage) -> None:
    await _as_gke(stage, {"operation.gke.io/type": None}, cordoned=None)


async def _as_gke(stage: Stage, labels: dict[str, str | None], *, cordoned: bool | None) -> None:
    patch = {"metadata": {"labels": labels}, "spec": {"unschedulable": cordoned}}
    await stage.world.admin.patch("nodes", smallest.STALE, patch)


async def attach(stage: Stage) -> None:
    await stage.world.admin.create("volumeattachments", attachment(VOLUME, node=smallest.STALE))


async def detach(stage: Stage) -> None:
    await stage.world.admin.delete("volumeattachments", VOLUME)


async def registry_fails(stage: Stage) -> None:
    stage.world.faults.add(Fault(api="registry", status=503, times=10**9))


async def pause(stage: Stage) -> None:
    await _annotate(stage, "the launch is on")


async def resume(stage: Stage) -> None:
    await _annotate(stage, None)


async def _annotate(stage: Stage, why: str | None) -> None:
    (refresh,) = stage.refreshes()
    await paused.annotate(stage, name_of(refresh), why)


async def close_the_window(stage: Stage) -> None:
    """Another revision of the function; the process at work is one of those before."""
    stage.world.refresh.environ["REPULL_WINDOWS"] = f"{now() + timedelta(days=3):%a} 00:00-24:00"


async def open_the_window(stage: Stage) -> None:
    stage.world.refresh.environ.update(ANY_TIME)


async def observe(stage: Stage) -> None:
    stage.world.refresh.environ["REPULL_MODE"] = "observe"


async def remediate(stage: Stage) -> None:
    stage.world.refresh.environ.update(REMEDIATE)


async def run_an_agent(stage: Stage) -> None:
    """A drain leaves its pod on the stale node, where it can't pull."""
    world = stage.world
    world.catalog.push(AGENT, log_lines=(runbook.AGENT_WORKS,))
    made = workloads.daemon_set(runbook.AGENT, in_namespace=ELSEWHERE, image=AGENT)
    made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Always"  # it has it from another story
    await world.admin.create("daemonsets", made)

    def failing() -> bool:
        pods = world.view.list("pods", ELSEWHERE)
        return any(node_of(pod) == smallest.STALE and waits_with(pod, "ImagePullBackOff") for pod in pods)

    await comes(stage, failing, "the agent's pod on the stale node, which can't pull")


async def agent_fails_again(stage: Stage) -> None:
    """Its next pull, which comes with the boot of the node: the registry gives no answer this once."""
    stage.world.faults.add(Fault(api="registry", name=AGENT.partition("/")[2], status=502))


async def remove_the_agent(stage: Stage) -> None:
    await stage.world.admin.delete("daemonsets", runbook.AGENT, ELSEWHERE)
    await comes(stage, lambda: not stage.world.view.list("pods", ELSEWHERE), "that the agent's pods are gone")


async def grow(stage: Stage) -> None:
    """The pool has one node more."""
    fleet = stage.world.fleet
    fleet.add(name=NEWER, zone=runbook.NODES[smallest.STALE], pool=runbook.POOL, service_account=deployment.NODES)
    await fleet[NEWER].power_on()


async def delete_the_refresh(stage: Stage) -> None:
    (refresh,) = stage.refreshes()
    await stage.world.admin.delete("noderefreshes", name_of(refresh))


async def look(_: Stage) -> None:
    """Only the sweep comes."""


async def stop_at_last(stage: Stage) -> None:
    """The machine hung in its guest's shutdown until now."""
    machine = stage.world.fleet[smallest.STALE]
    machine.stops = True
    await comes(stage, lambda: machine.status == "TERMINATED", "the machine to be off")
