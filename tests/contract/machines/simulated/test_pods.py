"""How simulated processes take their time, and a kubelet whose API server fails."""

import asyncio

from sandbox.faults import Fault
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.states import is_ready, phase


async def test_a_pod_is_stopped_with_grace(lab: Lab) -> None:
    image = lab.push("slow:v1", labels={"sandbox.stop-seconds": "20"})
    await lab.machine()
    await lab.pod(image=image)
    await lab.pod_when("pod", is_ready)
    began = asyncio.get_running_loop().time()
    going = await lab.client.delete("pods", "pod", lab.namespace)
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    await lab.gone()
    assert asyncio.get_running_loop().time() - began >= lab.ground.pace.real(20)
    (killing,) = await until(lambda: lab.events("pod", "Killing"))
    assert killing["message"] == "Stopping container app"
    final = lab.books.calls(api="kubernetes", user="system:node:node-1", verb="delete", resource="pods")
    assert [call.body["gracePeriodSeconds"] for call in final] == [0]


async def test_a_container_that_does_not_listen_is_killed_when_its_grace_is_over(lab: Lab) -> None:
    image = lab.push("deaf:v1", labels={"sandbox.stop-seconds": "3600"})
    await lab.machine()
    await lab.pod(image=image, terminationGracePeriodSeconds=30)
    await lab.pod_when("pod", is_ready)
    await lab.client.delete("pods", "pod", lab.namespace)
    await lab.gone()
    statuses = [call.body["status"] for call in lab.books.calls(api="kubernetes", verb="patch", resource="pods/status")]
    assert statuses[-1]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137


async def test_a_kubelet_reports_through_an_api_that_fails(lab: Lab) -> None:
    await lab.machine()
    fault = Fault(
        api="kubernetes", user="system:node:node-1", verb="patch", resource="pods/status", status=500, times=3
    )
    lab.faults.add(fault)
    await lab.pod()
    await lab.pod_when("pod", is_ready)
    assert fault.seen > 3


async def test_a_readiness_probe_delays_ready(lab: Lab) -> None:
    await lab.machine()
    await lab.pod(container={"readinessProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 480}})
    pod = await lab.pod_when("pod", lambda pod: phase(pod) == "Running")
    assert not is_ready(pod)
    await lab.pod_when("pod", is_ready)
