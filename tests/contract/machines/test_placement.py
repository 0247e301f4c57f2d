"""Pods that name their node: whom a cordon and a taint keep off, and what a kubelet refuses for itself."""

import pytest

from tests.contract.machines.lab import Lab, until
from tests.contract.machines.states import ended, first_status, is_ready, phase, taints

ANYTHING = [{"operator": "Exists"}]


async def test_a_cordoned_node_takes_a_pod_that_names_it_and_no_other(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.client.patch("nodes", machine.name, {"spec": {"unschedulable": True}})
    await lab.node_when(machine.name, taints)  # the controllers have heard of it
    await lab.pod("named", on=machine)
    await lab.pod("unnamed", nodeSelector={"kubernetes.io/hostname": machine.name})
    await lab.pod_when("named", is_ready)
    pod = await lab.pod_when("unnamed", lambda pod: pod["status"].get("conditions"))
    (scheduled,) = pod["status"]["conditions"]
    assert (scheduled["type"], scheduled["reason"]) == ("PodScheduled", "Unschedulable")
    assert "node(s) were unschedulable" in scheduled["message"]
    await lab.client.patch("nodes", machine.name, {"spec": {"unschedulable": None}})
    await lab.pod_when("unnamed", is_ready)


@pytest.mark.parametrize("effect", ["NoSchedule", "NoExecute"])
async def test_a_tainted_and_cordoned_node_runs_a_pod_that_names_it_and_tolerates_anything(
    lab: Lab, effect: str
) -> None:
    machine = await lab.machine()
    taint = {"key": "repull.dev/stale", "effect": effect}
    await lab.client.patch("nodes", machine.name, {"spec": {"unschedulable": True, "taints": [taint]}})
    await lab.node_when(machine.name, lambda node: len(taints(node)) == 2)
    await lab.pod(on=machine, tolerations=ANYTHING)
    await lab.pod_when("pod", is_ready)


async def test_a_no_execute_taint_is_a_rejection_to_a_pod_that_does_not_tolerate_it(lab: Lab) -> None:
    """By the kubelet's own admission; one that was there already goes by the hand of the taint manager."""
    machine = await lab.machine()
    await lab.pod("before", on=machine)
    await lab.pod_when("before", is_ready)
    taint = {"key": "repull.dev/stale", "effect": "NoExecute"}
    await lab.client.patch("nodes", machine.name, {"spec": {"taints": [taint]}})
    await lab.gone("before")


@pytest.mark.parametrize("resource, wanted", [("cpu", "1000"), ("memory", "100Ti")])
async def test_a_pod_that_does_not_fit_is_rejected_with_the_phase_of_an_ended_one(
    lab: Lab, resource: str, wanted: str
) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, container={"resources": {"requests": {resource: wanted}}})
    pod = await lab.pod_when("pod", ended)
    assert (phase(pod), pod["status"]["reason"]) == ("Failed", f"OutOf{resource}")
    why = f"Pod was rejected: Node didn't have enough resource: {resource}, requested: "
    assert pod["status"]["message"].startswith(why)
    assert first_status(pod)["imageID"] == ""
    assert not lab.asked()
    (event,) = await until(lambda: lab.events("pod", f"OutOf{resource}"))
    assert (event["type"], event["source"]["component"]) == ("Warning", "kubelet")
    await lab.client.delete("pods", "pod", lab.namespace)
    await lab.gone()
