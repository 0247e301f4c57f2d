"""Power: what a machine loses when it goes down, and how it comes back."""

from typing import Any

from tests.contract.machines.lab import IMAGE, Lab, is_ready, is_stuck, until


def ready(node: dict[str, Any]) -> str:
    return next(str(each["status"]) for each in node["status"]["conditions"] if each["type"] == "Ready")


def taints(node: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["key"].rpartition("/")[2], each["effect"]) for each in node["spec"].get("taints", ())}


def is_open(node: dict[str, Any]) -> bool:
    return ready(node) == "True" and not taints(node)


async def test_a_node_registers_as_gke_has_it(lab: Lab) -> None:
    machine = await lab.machine(spot=True)
    node = await lab.node_when("node-1", is_open)
    assert node["spec"]["providerID"] == "gce://acme/us-central1-a/node-1"
    labels = node["metadata"]["labels"]
    assert labels["cloud.google.com/gke-nodepool"] == "pool"
    assert labels["cloud.google.com/gke-spot"] == "true"
    assert labels["topology.kubernetes.io/zone"] == "us-central1-a"
    assert labels["kubernetes.io/hostname"] == "node-1"
    info = node["status"]["nodeInfo"]
    assert (info["kubeletVersion"], info["containerRuntimeVersion"]) == ("v1.34.4", "containerd://2.1.5")
    assert machine.status == "RUNNING"
    lease = await lab.get("leases", "node-1", "kube-node-lease")
    assert lease
    assert lease["spec"]["holderIdentity"] == "node-1"


async def test_a_reset_gives_a_new_boot_id_a_fresh_token_and_an_event(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    before = await lab.node_when("node-1", is_open)
    instance, started = machine.instance_id, machine.last_start
    await machine.reset()
    assert machine.status == "RUNNING"
    old = before["status"]["nodeInfo"]["bootID"]
    node = await lab.node_when("node-1", lambda node: node["status"]["nodeInfo"]["bootID"] != old and is_open(node))
    assert not machine.is_stale  # another token
    (event,) = await lab.events("node-1", "Rebooted")
    assert event["message"] == f"Node node-1 has been rebooted, boot id: {node['status']['nodeInfo']['bootID']}"
    assert node["metadata"]["uid"] == before["metadata"]["uid"]
    assert (machine.instance_id, machine.last_start) == (instance, started)
    (outage,) = machine.outages
    assert outage.ready_at
    assert (outage.ready_at - outage.off_at).total_seconds() >= lab.ground.pace.real(machine.boot_seconds)
    assert machine.reset_count == 1


async def test_a_boot_keeps_what_others_wrote_on_the_node(lab: Lab) -> None:
    machine = await lab.machine()
    mark = {"repull.dev/mark": "yes"}
    taint = {"key": "repull.dev/stale", "effect": "NoSchedule"}
    written = {"metadata": {"annotations": mark, "labels": mark}, "spec": {"unschedulable": True, "taints": [taint]}}
    await lab.client.patch("nodes", "node-1", written)
    await machine.reset()
    await until(lambda: lab.events("node-1", "Rebooted"))
    wanted = {("stale", "NoSchedule"), ("unschedulable", "NoSchedule")}
    node = await lab.node_when("node-1", lambda node: ready(node) == "True" and taints(node) == wanted)
    assert node["spec"]["unschedulable"]
    assert mark.items() <= node["metadata"]["annotations"].items()
    assert mark.items() <= node["metadata"]["labels"].items()


async def test_pods_come_back_on_a_reset_machine_and_pull_as_their_policy_says(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod("cached")
    await lab.pod("always", container={"imagePullPolicy": "Always"})
    await lab.running_pods(2)
    machine.heals = False
    await machine.reset()
    cached = await lab.pod_when(
        "cached", lambda pod: pod["status"]["containerStatuses"][0]["restartCount"] == 1 and is_ready(pod)
    )
    assert cached["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 255
    assert f'Container image "{IMAGE}" already present on machine' in [
        each["message"] for each in await lab.events("cached")
    ]
    always = await lab.pod_when("always", is_stuck)
    assert always["status"]["phase"] == "Running"
    assert machine.is_stale


async def test_a_pod_that_is_never_restarted_has_failed_after_a_reset(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(restartPolicy="Never")
    await lab.pod_when("pod", is_ready)
    await machine.reset()
    pod = await lab.pod_when("pod", lambda pod: pod["status"]["phase"] == "Failed")
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["reason"] == "Unknown"


async def test_a_recreated_machine_is_another_instance_with_a_new_node_and_an_empty_disk(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod("before")
    await lab.pod_when("before", is_ready)
    old, instance = await lab.node_when("node-1", is_open), machine.instance_id
    await lab.client.patch(
        "nodes", "node-1", {"metadata": {"annotations": {"a": "b"}}, "spec": {"unschedulable": True}}
    )
    await machine.recreate()
    node = await lab.node_when(
        "node-1", lambda node: node["metadata"]["uid"] != old["metadata"]["uid"] and is_open(node)
    )
    assert machine.instance_id != instance
    assert not node["spec"].get("unschedulable")
    assert not node["metadata"].get("annotations")
    pulls = len(lab.books.calls(api="registry", verb="head"))
    await lab.pod("after")
    await lab.pod_when("after", is_ready)
    assert len(lab.books.calls(api="registry", verb="head")) > pulls


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


async def test_a_node_that_comes_back_late_loses_its_taints_and_its_pods_are_ready_again(lab: Lab) -> None:
    machine = await lab.machine()
    machine.boot_seconds = 300
    await lab.pod(nodeName="node-1", tolerations=[{"operator": "Exists", "effect": "NoExecute"}])
    await lab.pod_when("pod", is_ready)
    await machine.reset()
    await lab.pod_when("pod", lambda pod: not is_ready(pod))
    await lab.pod_when("pod", is_ready)
    await lab.node_when("node-1", is_open)


async def test_power_off_says_nothing(lab: Lab) -> None:
    machine = await lab.machine()
    node = await lab.node_when("node-1", is_open)
    await machine.power_off()
    assert machine.status == "TERMINATED"
    calls = len(lab.books.calls(user="system:node:node-1"))
    assert ready(await lab.node_when("node-1", bool)) == "True"  # until the lease has grown old
    assert (await lab.node_when("node-1", bool))["metadata"]["resourceVersion"] == node["metadata"]["resourceVersion"]
    assert len(lab.books.calls(user="system:node:node-1")) == calls
    await machine.power_on()
    await lab.node_when("node-1", is_open)


async def test_a_kubelet_whose_node_was_deleted_registers_only_when_it_is_started_again(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.client.delete("nodes", "node-1")
    renewals = len(lab.books.calls(user="system:node:node-1", resource="leases"))

    async def renewed() -> bool:
        return len(lab.books.calls(user="system:node:node-1", resource="leases")) > renewals + 2

    await until(renewed)
    assert await lab.get("nodes", "node-1", "") is None
    await machine.reset()
    await lab.node_when("node-1", is_open)


async def test_a_fleet_finds_its_machines(lab: Lab) -> None:
    machine = await lab.machine()
    assert lab.ground.fleet.find("acme", "us-central1-a", "node-1") is machine
    assert lab.ground.fleet.find("acme", "us-central1-b", "node-1") is None
    assert lab.ground.fleet.find("other", "us-central1-a", "node-1") is None
    assert list(lab.ground.fleet) == [machine]
