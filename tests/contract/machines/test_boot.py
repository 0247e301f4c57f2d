"""Power: what a machine loses when it goes down, and how it comes back."""

import asyncio
from contextlib import aclosing

import pytest

from sandbox.controllers import nodelifecycle
from tests.contract.machines import reading
from tests.contract.machines.lab import NODES, ZONE, Lab, Object, until
from tests.contract.machines.states import (
    boot_id,
    first_status,
    is_open,
    is_ready,
    is_stuck,
    phase,
    ready,
    taints,
    waiting,
)

LEASES = "kube-node-lease"
CORDONED = {"spec": {"unschedulable": True}}
FOR_EVER = [{"operator": "Exists", "effect": "NoExecute"}]


async def test_a_node_registers_as_gke_has_it(lab: Lab) -> None:
    machine = await lab.machine()
    node = await lab.node_when(machine.name, is_open)
    assert node["spec"]["providerID"] == f"gce://acme/{ZONE}/{machine.name}"
    labels = node["metadata"]["labels"]
    assert labels["cloud.google.com/gke-nodepool"] == "pool"
    assert labels["topology.kubernetes.io/zone"] == ZONE
    assert labels["topology.kubernetes.io/region"] == "us-central1"
    assert labels["kubernetes.io/hostname"] == machine.name
    info = node["status"]["nodeInfo"]
    assert (info["kubeletVersion"], info["containerRuntimeVersion"]) == ("v1.34.4", "containerd://2.1.5")
    assert node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    assert {"InternalIP", "Hostname"} <= {each["type"] for each in node["status"]["addresses"]}
    assert (machine.status, machine.service_account) == ("RUNNING", NODES)
    lease = await until(lambda: lab.get("leases", machine.name, LEASES))
    assert lease["spec"]["holderIdentity"] == machine.name
    (owner,) = lease["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("Node", node["metadata"]["uid"])


async def test_a_reset_gives_a_new_boot_id_a_fresh_token_and_an_event(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    before = await lab.node_when(machine.name, is_open)
    resets, outages = machine.reset_count, len(machine.outages)
    instance, started = machine.instance_id, machine.last_start
    await machine.reset()
    assert machine.status == "RUNNING"
    node = await lab.node_when(machine.name, lambda node: boot_id(node) != boot_id(before) and is_open(node))
    assert not machine.is_stale  # another token
    words = f"Node {machine.name} has been rebooted, boot id: {boot_id(node)}"

    async def told() -> list[Object]:
        return [each for each in await lab.events(machine.name, "Rebooted") if each["message"] == words]

    (event,) = await until(told)
    assert (event["type"], event["source"]["component"]) == ("Warning", "kubelet")
    assert node["metadata"]["uid"] == before["metadata"]["uid"]
    assert (machine.instance_id, machine.last_start) == (instance, started)
    assert machine.reset_count == resets + 1
    (outage,) = machine.outages[outages:]

    async def is_over() -> bool:
        return outage.ready_at is not None

    await until(is_over)
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)


async def test_two_resets_at_once_come_one_after_the_other(lab: Lab) -> None:
    """As Compute queues what is asked of one instance, which is RUNNING all along; one kubelet comes back."""
    machine = await lab.machine()
    before, resets = await lab.node_when(machine.name, is_open), machine.reset_count
    both = [asyncio.create_task(machine.reset()) for _ in range(2)]
    await asyncio.sleep(0)
    assert machine.status == "RUNNING"  # while the power is being cut
    await asyncio.gather(*both)
    await lab.node_when(machine.name, lambda node: boot_id(node) != boot_id(before) and is_open(node))
    await machine.power_on()  # which it is: this waits until it is Ready
    assert all(outage.ready_at for outage in machine.outages)
    await machine.power_off()
    assert [each for each in asyncio.all_tasks() if each.get_name() == f"machine {machine.name}"] == []
    await machine.power_on()
    assert machine.reset_count == resets + 2


async def test_the_new_boot_id_comes_no_later_than_the_new_ready(lab: Lab) -> None:
    """A real kubelet may be Ready in its first report, or say NotReady first: nobody may wait for the latter."""
    machine = await lab.machine()
    seen: list[tuple[str, str]] = []
    watch = lab.client.watch("nodes", fields=f"metadata.name={machine.name}")
    async with asyncio.timeout(90), aclosing(watch) as events:
        first = await anext(events)
        await machine.reset()
        async for event in events:
            state = ("same" if boot_id(event.object) == boot_id(first.object) else "new", ready(event.object))
            if not seen or seen[-1] != state:
                seen.append(state)
            if state == ("new", "True"):
                break
    first_new = seen.index(next(state for state in seen if state[0] == "new"))
    assert {boot for boot, _ in seen[first_new:]} == {"new"}
    assert {is_ready for _, is_ready in seen[:first_new]} <= {"True"}


async def test_a_boot_keeps_what_others_wrote_on_the_node(lab: Lab) -> None:
    machine = await lab.machine()
    before = await lab.node_when(machine.name, is_open)
    mark = {"repull.dev/mark": "yes"}
    taint = {"key": "repull.dev/stale", "effect": "NoSchedule"}
    written = {"metadata": {"annotations": mark, "labels": mark}, "spec": {"unschedulable": True, "taints": [taint]}}
    await lab.client.patch("nodes", machine.name, written)
    await machine.reset()
    wanted = {("stale", "NoSchedule"), ("unschedulable", "NoSchedule")}
    node = await lab.node_when(
        machine.name, lambda node: boot_id(node) != boot_id(before) and is_ready(node) and taints(node) == wanted
    )
    assert node["spec"]["unschedulable"]
    assert mark.items() <= node["metadata"]["annotations"].items()
    assert mark.items() <= node["metadata"]["labels"].items()
    unmark = {"metadata": {"annotations": {"repull.dev/mark": None}, "labels": {"repull.dev/mark": None}}}
    await lab.client.patch("nodes", machine.name, unmark)


async def test_pods_come_back_on_a_reset_machine_and_pull_as_their_policy_says(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod("cached", on=machine)
    await lab.pod("always", on=machine, container={"imagePullPolicy": "Always"})
    await lab.running_pods(2)
    machine.heals = False
    await machine.reset()
    cached = await lab.pod_when("cached", lambda pod: first_status(pod)["restartCount"] >= 1 and is_ready(pod))
    assert "terminated" in first_status(cached)["lastState"]
    words = f'Container image "{lab.image}" already present on machine'

    async def told() -> bool:
        return words in [message for _, _, message in await lab.told("cached")]

    await until(told)
    always = await lab.pod_when("always", is_stuck)
    assert phase(always) == "Running"
    assert reading.fails(lab, always)
    assert machine.is_stale


async def test_a_waiting_pod_is_pulled_at_once_after_a_reset(lab: Lab) -> None:
    """The kubelet's back-off lives in its memory, and so does not outlive the boot."""
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)
    await lab.pod_when("pod", lambda pod: waiting(pod).get("reason") == "ImagePullBackOff")
    await machine.reset()
    pod = await lab.pod_when("pod", is_ready)
    assert first_status(pod)["restartCount"] == 0
    assert not reading.fails(lab, pod)


async def test_a_pod_that_is_never_restarted_has_failed_after_a_reset(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, restartPolicy="Never")
    await lab.pod_when("pod", is_ready)
    await machine.reset()
    pod = await lab.pod_when("pod", lambda pod: phase(pod) == "Failed")
    ended = first_status(pod)["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (255, "Unknown")


async def test_a_recreated_machine_is_another_instance_with_a_new_node_and_an_empty_disk(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod("before", on=machine)
    await lab.pod_when("before", is_ready)
    old, instance = await lab.node_when(machine.name, is_open), machine.instance_id
    marked = {"metadata": {"annotations": {"a": "b"}, "labels": {"repull.dev/mark": "yes"}}, **CORDONED}
    await lab.client.patch("nodes", machine.name, marked)
    await machine.recreate()
    node = await lab.node_when(
        machine.name, lambda node: node["metadata"]["uid"] != old["metadata"]["uid"] and is_open(node)
    )
    assert machine.instance_id != instance
    assert not node["spec"].get("unschedulable")
    assert "a" not in node["metadata"].get("annotations", {})
    assert "repull.dev/mark" not in node["metadata"]["labels"]
    asked = lab.asked()
    await lab.pod("after", on=machine)
    await lab.pod_when("after", is_ready)
    assert lab.asked() > asked


async def test_a_kubelet_whose_node_was_deleted_registers_only_when_it_is_started_again(lab: Lab) -> None:
    machine = await lab.machine()
    old = await lab.node_when(machine.name, is_open)
    marked = {"metadata": {"annotations": {"a": "b"}, "labels": {"repull.dev/mark": "yes"}}, **CORDONED}
    await lab.client.patch("nodes", machine.name, marked)
    await until(lambda: lab.get("leases", machine.name, LEASES))
    await lab.client.delete("nodes", machine.name)

    async def nothing_beats() -> bool:
        return await lab.get("leases", machine.name, LEASES) is None

    await until(nothing_beats)
    assert await lab.get("nodes", machine.name, "") is None
    await machine.reset()
    node = await lab.node_when(machine.name, is_open)
    assert node["metadata"]["uid"] != old["metadata"]["uid"]
    assert not node["spec"].get("unschedulable")
    assert "a" not in node["metadata"].get("annotations", {})
    assert "repull.dev/mark" not in node["metadata"]["labels"]
    await lab.pod(nodeSelector={"kubernetes.io/hostname": machine.name})
    await lab.pod_when("pod", is_ready)


async def test_a_power_cut_says_nothing_and_power_brings_the_pods_back(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodelifecycle, "LEAST_GRACE", 60.0)  # ring 1's: as patient as the real one
    machine = await lab.machine()
    await lab.pod(on=machine, tolerations=FOR_EVER)
    await lab.pod_when("pod", is_ready)
    before = await lab.node_when(machine.name, is_open)
    await machine.power_off()
    assert machine.status == "TERMINATED"
    after = await lab.node_when(machine.name, bool)
    assert (ready(after), boot_id(after)) == ("True", boot_id(before))  # until the lease has grown old
    pod = await lab.pod_when("pod", bool)
    assert is_ready(pod)
    await machine.power_on()
    await lab.node_when(machine.name, lambda node: boot_id(node) != boot_id(before) and is_open(node))
    await lab.pod_when("pod", lambda pod: is_ready(pod) and first_status(pod)["restartCount"] >= 1)


async def test_a_machine_that_stays_away_becomes_unknown_and_tainted(lab: Lab) -> None:
    machine, _ = await lab.machine(), await lab.machine()  # where all nodes are away, nobody is driven out
    await lab.pod(on=machine, tolerations=FOR_EVER)
    await lab.pod_when("pod", is_ready)
    await machine.power_off()
    node = await lab.node_when(machine.name, lambda node: ready(node) == "Unknown" and len(taints(node)) >= 2)
    assert taints(node) == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}
    (condition,) = [each for each in node["status"]["conditions"] if each["type"] == "Ready"]
    assert condition["reason"] == "NodeStatusUnknown"
    assert condition["message"] == "Kubelet stopped posting node status."
    pod = await lab.pod_when("pod", lambda pod: not is_ready(pod))
    assert "deletionTimestamp" not in pod["metadata"]
    await machine.power_on()
    await lab.node_when(machine.name, is_open)
    await lab.pod_when("pod", is_ready)
