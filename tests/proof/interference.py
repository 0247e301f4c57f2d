"""What somebody else does around an outage: to the node, to the refresh, to the Deployment, or to where its pods go.

And what an invocation has left that died.
"""

from functions import ownership, probe
from functions.model.cluster import Owner
from functions.model.names import ImageRef
from functions.probe import ProbeKind
from sandbox import deployment
from sandbox.faults import Fault
from sandbox.google.inventory import Operation
from sandbox.objects.kinds import name_of, uid_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.stage import Stage
from tests.e2e.smallest import IMAGE, OTHER, REPLICAS, STALE, WORKER
from tests.proof.acts import BATCH
from tests.proof.waiting import comes, waits_with


async def uncordon(stage: Stage) -> None:
    await stage.world.admin.patch("nodes", STALE, {"spec": {"unschedulable": False}})


async def exclude(stage: Stage) -> None:
    await stage.world.admin.patch("nodes", STALE, {"metadata": {"labels": {ownership.EXCLUDE: "ask-ann"}}})


async def claim(stage: Stage) -> None:
    made = workloads.autoscaler("hpa", in_namespace=runbook.NAMESPACE, of=WORKER)
    await stage.world.admin.create("horizontalpodautoscalers", made)


async def change_the_pool(stage: Stage) -> None:
    stage.world.inventory.clusters[0].pool_status[BATCH] = "RECONCILING"


async def leave_the_pool(stage: Stage) -> None:
    del stage.world.inventory.clusters[0].pool_status[BATCH]


async def repair_another(stage: Stage) -> None:
    """A node of the same pool, which is RUNNING all the while."""
    operations = stage.world.inventory.clusters[0].operations
    operations[:] = [Operation(kind="AUTO_REPAIR_NODES", pool=BATCH, node="another")]


async def have_repaired(stage: Stage) -> None:
    stage.world.inventory.clusters[0].operations.clear()


async def take_the_lease(stage: Stage) -> None:
    await stage.world.admin.patch("leases", "repull", {"spec": {"holderIdentity": "somebody"}}, "repull")


async def refuse(stage: Stage) -> None:
    """Nobody may change Deployments."""
    stage.world.faults.add(Fault(verb="patch", resource="deployments", user=deployment.REFRESH, status=403, times=99))


async def scale_up(stage: Stage) -> None:
    await stage.world.admin.patch("deployments", WORKER, {"spec": {"replicas": REPLICAS}}, runbook.NAMESPACE)


async def take_the_label(stage: Stage) -> None:
    labels = {"repull.dev/scaled-by": None}
    await stage.world.admin.patch("deployments", WORKER, {"metadata": {"labels": labels}}, runbook.NAMESPACE)


async def take_the_note(stage: Stage) -> None:
    """All of it."""
    label = {"repull.dev/scaled-by": None}
    note = {"labels": label, "annotations": {**label, "repull.dev/replicas": None}}
    await stage.world.admin.patch("deployments", WORKER, {"metadata": note}, runbook.NAMESPACE)


async def delete_the_node(stage: Stage) -> None:
    """Its machine stays where it is."""
    await stage.world.admin.delete("nodes", STALE)


async def delete_it_unseen(stage: Stage) -> None:
    await delete_the_node(stage)
    stage.world.faults.add(Fault(verb="listManagedInstances", user=deployment.REFRESH, status=403, times=99))


async def delete_it_unheard(stage: Stage) -> None:
    """Nobody hears of its machine: Compute Engine does not answer."""
    await delete_the_node(stage)
    stage.world.faults.add(Fault(verb="listManagedInstances", user=deployment.REFRESH, status=503, times=99))


async def come_back_in_vain(stage: Stage) -> None:
    """The other node is another machine by now, whose disk is empty, and can't pull either."""
    await have_no_autoscaler(stage)
    machine = stage.world.fleet[OTHER]
    machine.replacement_heals = False
    await machine.recreate()
    machine.recreate_count -= 1  # that is nobody's renewal
    machine.outages.clear()


async def fail(stage: Stage) -> None:
    """As soon as they have been placed."""

    def failing() -> bool:
        pods = stage.world.view.list("pods", runbook.NAMESPACE)
        return sum(node_of(pod) == OTHER and waits_with(pod, "ImagePullBackOff") for pod in pods) == REPLICAS

    await comes(stage, failing, "pods on the other node that can't pull")


async def have_no_autoscaler(stage: Stage) -> None:
    """It would add a node for pods that have no place."""
    (cluster,) = stage.world.inventory.clusters
    cluster.autoscaled.clear()


async def have_no_place(stage: Stage) -> None:
    await have_no_autoscaler(stage)
    await stage.world.admin.patch("nodes", OTHER, {"spec": {"unschedulable": True}})


async def want_none(stage: Stage) -> None:
    await stage.world.admin.patch("deployments", WORKER, {"spec": {"replicas": 0}}, runbook.NAMESPACE)


async def leave_a_probe(stage: Stage) -> None:
    """Another slot's invocation has asked the node whether it can pull, and died; the kubelet answers all the same."""
    owners = tuple(
        Owner(api_version="repull.dev/v1alpha1", kind="NodeRefresh", name=name_of(each), uid=uid_of(each))
        for each in stage.refreshes()
    )
    image = ImageRef.find(IMAGE)
    assert image is not None
    made = probe.manifest(
        ProbeKind.ACCESS, image, node=STALE, of="another slot", owner=next(iter(owners), None), seconds=600
    )
    await stage.world.admin.create("pods", made)
    await probes_fail(stage)


async def probes_fail(stage: Stage) -> None:
    """Those that are there."""
    failing = ("ErrImagePull", "ImagePullBackOff")

    def fail() -> bool:
        pods = stage.world.view.list("pods", "repull")
        return bool(pods) and all(any(waits_with(pod, reason) for reason in failing) for pod in pods)

    await comes(stage, fail, "an answer to every probe")
