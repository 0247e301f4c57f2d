"""When GKE's autoscaler adds a node."""

from sandbox.google.autoscaler import Autoscaler
from sandbox.google.inventory import Autoscaled, GkeCluster
from sandbox.objects.kinds import Object
from sandbox.view import StoreView
from tests.contract.machines.ground import PROJECT
from tests.contract.machines.lab import Lab

POOL, LIMITS = "pool", Autoscaled()
FOUND_NO_PLACE: Object = {
    "status": {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}
}


async def test_a_node_is_added_for_a_pod_that_none_takes_and_not_for_one_that_the_scheduler_has_yet_to_place(
    lab: Lab,
) -> None:
    """Its node came after the scheduler had looked, and a busy computer may take its time to look again."""
    await lab.machine()
    assert lab.ground.api
    cluster = GkeCluster(
        project=PROJECT, location="us-central1", name="main", endpoint="", ca_certificate=b"", fleet=lab.ground.fleet
    )
    view = StoreView(lab.ground.api.store)
    autoscaler = Autoscaler(cluster=cluster, fleet=lab.ground.fleet, client=lab.client, view=view, pace=lab.ground.pace)
    await lab.pod(schedulerName="nobody")
    await lab.client.patch("pods/status", "pod", FOUND_NO_PLACE, lab.namespace)
    await autoscaler._shrink(POOL, LIMITS)  # sees what the pool is made of

    autoscaler._grow(POOL, LIMITS)
    assert len(list(lab.ground.fleet)) == 1

    await lab.client.patch("nodes", "node-1", {"spec": {"unschedulable": True}})
    autoscaler._grow(POOL, LIMITS)
    assert len(list(lab.ground.fleet)) == 2
