"""What a power cut leads to after minutes, and what the books say of it."""

import asyncio
from threading import Event

import pytest

from sandbox.controllers import nodelifecycle, podgc
from sandbox.faults import Fault
from sandbox.machines.simulated import LEAST_HEARTBEAT
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.states import boot_id, first_status, is_open, is_ready, ready, taints


async def test_a_machine_that_never_boots_becomes_unknown_tainted_and_loses_its_pods(lab: Lab) -> None:
    machine, _ = await lab.machine(), await lab.machine("node-2")
    machine.boots = False
    await lab.pod(
        nodeName="node-1", tolerations=[{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 1}]
    )
    await lab.pod("patient", nodeName="node-1", tolerations=[{"operator": "Exists", "effect": "NoExecute"}])
    await lab.running_pods(2)
    await machine.reset()
    node = await lab.node_when("node-1", lambda node: ready(node) == "Unknown" and taints(node))
    assert taints(node) == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}
    (condition,) = [each for each in node["status"]["conditions"] if each["type"] == "Ready"]
    assert condition["reason"] == "NodeStatusUnknown"
    assert condition["message"] == "Kubelet stopped posting node status."
    pod = await lab.pod_when("pod", lambda pod: pod["metadata"].get("deletionTimestamp"))
    assert not is_ready(pod)
    patient = await lab.pod_when("patient", lambda pod: not is_ready(pod))
    assert "deletionTimestamp" not in patient["metadata"]
    assert ready(await lab.node_when("node-2", bool)) == "True"
    assert machine.outages[-1].ready_at is None


async def test_a_machine_that_hangs_in_its_boot_goes_on_when_it_may(lab: Lab) -> None:
    machine = await lab.machine()
    before = boot_id(await lab.node_when("node-1", is_open))
    machine.boots, machine.boot_seconds = False, 1  # it would be up long before the looks are over
    await machine.reset()
    await two_looks(lab)
    assert boot_id(await lab.node_when("node-1", bool)) == before
    machine.boots = True
    await lab.node_when("node-1", lambda node: boot_id(node) != before and is_open(node))


async def test_a_node_that_comes_back_late_loses_its_taints_and_its_pods_are_ready_again(lab: Lab) -> None:
    machine = await lab.machine()
    machine.boot_seconds = 300
    await lab.pod(nodeName="node-1", tolerations=[{"operator": "Exists", "effect": "NoExecute"}])
    await lab.pod_when("pod", is_ready)
    await machine.reset()
    await lab.pod_when("pod", lambda pod: not is_ready(pod))
    await lab.pod_when("pod", is_ready)
    await lab.node_when("node-1", is_open)


async def test_power_off_says_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodelifecycle, "LEAST_GRACE", 60.0)  # however long the machine takes for this test
    machine = await lab.machine()
    await machine.power_off()
    assert machine.status == "TERMINATED"
    assert ready(await lab.node_when("node-1", bool)) == "True"  # until the lease has grown old
    await asyncio.sleep(LEAST_HEARTBEAT)  # a report may have been under way
    calls = lab.books.calls(user="system:node:node-1")
    await asyncio.sleep(2 * LEAST_HEARTBEAT)
    assert lab.books.calls(user="system:node:node-1") == calls
    await machine.power_on()
    await lab.node_when("node-1", is_open)


async def test_a_process_that_is_held_up_takes_that_for_nobodys_silence(lab: Lab) -> None:
    """The busy computer that runs it all gives it no time for longer than a kubelet may be silent."""
    machine = await lab.machine()
    beating = asyncio.Event()

    async def beat_later() -> None:
        await beating.wait()

    kubelet = f"system:node:{machine.name}"
    lab.faults.add(Fault(api="kubernetes", user=kubelet, verb="patch", times=1000, before=beat_later))
    await two_looks(lab)
    Event().wait(nodelifecycle.LEAST_GRACE + 1)  # the whole loop: nobody beats, and nobody listens
    await two_looks(lab)
    beating.set()
    assert await lab.events(machine.name, "NodeNotReady") == []


async def two_looks(lab: Lab) -> None:
    """Wait until the controller of nodes has looked for heartbeats twice: what the first found is decided by then."""

    def looks() -> int:
        return len(lab.books.calls(user="system:kube-controller-manager", verb="list", resource="leases"))

    before = looks()

    async def two_more() -> bool:
        return looks() >= before + 2

    await until(two_more)


async def test_a_fleet_finds_its_machines(lab: Lab) -> None:
    machine = await lab.machine()
    assert lab.ground.fleet.find("acme", "us-central1-a", "node-1") is machine
    assert lab.ground.fleet.find("acme", "us-central1-b", "node-1") is None
    assert lab.ground.fleet.find("other", "us-central1-a", "node-1") is None
    assert list(lab.ground.fleet) == [machine]


async def test_a_log_that_went_with_the_disk_is_200_with_the_error_as_text(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(podgc, "QUARANTINE", 10.0**9)  # its pods are not yet missed when it is back, however late
    machine = await lab.machine()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)
    await machine.recreate()
    await lab.pod_when("pod", lambda pod: first_status(pod)["restartCount"] >= 1 and is_ready(pod))
    path = f"/api/v1/namespaces/{lab.namespace}/pods/pod/log"
    async with lab.client._http.get(path, params={"previous": "true"}) as answer:
        assert answer.status == 200
        assert (await answer.text()).startswith("unable to retrieve container logs for containerd://")
