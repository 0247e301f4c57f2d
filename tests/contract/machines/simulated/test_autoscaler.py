"""When GKE's autoscaler adds a node."""

from sandbox.google.autoscaler import Autoscaler
from sandbox.google.inventory import Autoscaled, GkeCluster
from sandbox.objects.kinds import Object
from sandbox.view import StoreView
from tests.contract.machines.ground import PROJECT
from tests.contract.machines.lab import Lab
from tests.contract.machines.states import is_ready

POOL, LIMITS = "pool", Autoscaled()
FOUND_NO_PLACE: Object = {
    "status": {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}
}


async def test_a_node_is_added_for_a_pod_that_none_takes_and_not_for_one_that_the_scheduler_has_yet_to_place(
    lab: Lab,
) -> None:
    """Its node came after the scheduler had looked, and a busy computer may take its time to look again."""
    await lab.machine()
    await lab.pod(schedulerName="nobody")
    await lab.client.patch("pods/status", "pod", FOUND_NO_PLACE, lab.namespace)
    autoscaler = await at_work(lab)

    autoscaler._grow(POOL, LIMITS)
    assert len(list(lab.ground.fleet)) == 1

    await lab.client.patch("nodes", "node-1", {"spec": {"unschedulable": True}})
    autoscaler._grow(POOL, LIMITS)
    assert len(list(lab.ground.fleet)) == 2


async def test_a_pod_that_goes_takes_up_its_room_until_it_is_gone(lab: Lab) -> None:
    """The scheduler gives its room to nobody before."""
    machine = await lab.machine(pods=1)
    image = lab.push("slow:v1", labels={"sandbox.stop-seconds": "1000000"})
    await lab.pod("slow", on=machine, image=image, terminationGracePeriodSeconds=1000000)
    await lab.pod_when("slow", is_ready)
    await lab.delete("slow")
    await lab.pod(schedulerName="nobody")
    await lab.client.patch("pods/status", "pod", FOUND_NO_PLACE, lab.namespace)

    (await at_work(lab))._grow(POOL, LIMITS)

    assert len(list(lab.ground.fleet)) == 2


async def at_work(lab: Lab) -> Autoscaler:
    """It has seen what the pool is made of."""
    assert lab.ground.api
    fleet = lab.ground.fleet
    cluster = GkeCluster(
        project=PROJECT, location="us-central1", name="main", endpoint="", ca_certificate=b"", fleet=fleet
    )
    view = StoreView(lab.ground.api.store)
    autoscaler = Autoscaler(cluster=cluster, fleet=fleet, client=lab.client, view=view, pace=lab.ground.pace)
    await autoscaler._shrink(POOL, LIMITS)
    return autoscaler
