"""How pods run, end and leave on a machine."""

import asyncio
from typing import Any

from sandbox.faults import Fault
from tests.contract.machines.ground import HOST
from tests.contract.machines.lab import IMAGE, Lab, is_ready, is_stuck, until, waiting

PROBE = {"command": ["/repull-probe/does-not-exist"], "imagePullPolicy": "Always"}


def phase(pod: dict[str, Any]) -> str:
    return str(pod["status"]["phase"])


def ended(pod: dict[str, Any]) -> bool:
    return phase(pod) in {"Succeeded", "Failed"}


async def reasons(lab: Lab, name: str = "pod") -> list[str]:
    return [event["reason"] for event in await lab.events(name) if event["reason"] != "Scheduled"]


async def gone(lab: Lab, name: str = "pod") -> None:
    async def missing() -> bool:
        return await lab.get("pods", name) is None

    await until(missing)


async def test_a_command_that_no_image_has_proves_the_pull_and_runs_nothing(lab: Lab) -> None:
    await lab.machine()
    await lab.pod(container=PROBE, restartPolicy="Never", nodeName="node-1")
    pod = await lab.pod_when("pod", ended)
    status = pod["status"]["containerStatuses"][0]
    assert phase(pod) == "Failed"
    assert status["imageID"].startswith(f"{HOST}/acme/apps/ocr@sha256:")
    assert status["state"]["terminated"]["reason"] == "StartError"
    assert status["state"]["terminated"]["exitCode"] == 128
    assert "no such file or directory" in status["state"]["terminated"]["message"]
    assert await reasons(lab) == ["Pulling", "Pulled", "Created", "Failed"]


async def test_the_same_command_on_a_stale_node_proves_nothing(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod(container=PROBE, restartPolicy="Never", nodeName="node-1")
    pod = await lab.pod_when("pod", is_stuck)
    assert (phase(pod), waiting(pod)["reason"]) == ("Pending", "ErrImagePull")
    assert pod["status"]["containerStatuses"][0]["imageID"] == ""


async def test_a_worker_logs_its_lines(lab: Lab) -> None:
    await lab.machine()
    await lab.pod()
    await lab.pod_when("pod", is_ready)
    client = lab.client._http
    answer = await client.get("/api/v1/namespaces/default/pods/pod/log")
    assert answer.text == "Starting OCR worker\nlistening for messages...\n"


async def test_a_cordoned_node_takes_a_pod_that_names_it_and_no_other(lab: Lab) -> None:
    await lab.machine()
    await lab.client.patch("nodes", "node-1", {"spec": {"unschedulable": True}})
    await lab.pod("named", nodeName="node-1")
    await lab.pod("unnamed")
    await lab.pod_when("named", is_ready)
    pod = await lab.pod_when("unnamed", lambda pod: pod["status"].get("conditions"))
    (scheduled,) = pod["status"]["conditions"]
    assert (scheduled["type"], scheduled["reason"]) == ("PodScheduled", "Unschedulable")
    no_victims = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    why = f"0/1 nodes are available: 1 node(s) were unschedulable. no new claims to deallocate, {no_victims}"
    assert scheduled["message"] == why
    (event,) = await lab.events("unnamed", "FailedScheduling")
    assert event["message"] == why
    await lab.client.patch("nodes", "node-1", {"spec": {"unschedulable": None}})
    await lab.pod_when("unnamed", is_ready)


async def test_a_pod_that_does_not_fit_is_rejected_with_the_phase_of_an_ended_one(lab: Lab) -> None:
    await lab.machine(cpu="2")
    await lab.pod(nodeName="node-1", container={"resources": {"requests": {"cpu": "3"}}})
    pod = await lab.pod_when("pod", ended)
    assert (phase(pod), pod["status"]["reason"]) == ("Failed", "OutOfcpu")
    why = "Node didn't have enough resource: cpu, requested: 3000, used: 0, capacity: 2000"
    assert pod["status"]["message"] == f"Pod was rejected: {why}"
    assert not pod["status"].get("containerStatuses")
    assert not lab.books.calls(api="registry")
    await lab.client.delete("pods", "pod", lab.namespace)
    await gone(lab)


async def test_init_containers_come_first(lab: Lab) -> None:
    lab.ground.images.push(f"{HOST}/acme/apps/init:v1", labels={"sandbox.exit": "0", "sandbox.run-seconds": "20"})
    await lab.machine()
    await lab.pod(initContainers=[{"name": "first", "image": f"{HOST}/acme/apps/init:v1"}])
    pod = await lab.pod_when(
        "pod", lambda pod: pod["status"].get("initContainerStatuses", [{"state": {}}])[0]["state"].get("running")
    )
    assert (phase(pod), waiting(pod)["reason"]) == ("Pending", "PodInitializing")
    pod = await lab.pod_when("pod", is_ready)
    assert pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] == 0


async def test_an_init_container_whose_image_is_missing_holds_up_the_rest(lab: Lab) -> None:
    await lab.machine()
    await lab.pod(initContainers=[{"name": "first", "image": f"{HOST}/acme/apps/gone:v1"}])

    def init_waits(pod: dict[str, Any]) -> bool:
        (status,) = pod["status"].get("initContainerStatuses") or [{"state": {}}]
        return bool(status["state"].get("waiting", {}).get("reason") == "ImagePullBackOff")

    pod = await lab.pod_when("pod", init_waits)
    assert waiting(pod)["reason"] == "PodInitializing"
    (failed, *_) = await lab.events("pod", "Failed")
    assert failed["involvedObject"]["fieldPath"] == "spec.initContainers{first}"


async def test_a_container_that_keeps_crashing_backs_off(lab: Lab) -> None:
    lab.ground.images.push(f"{HOST}/acme/apps/crash:v1", labels={"sandbox.exit": "1"})
    await lab.machine()
    await lab.pod(image=f"{HOST}/acme/apps/crash:v1")
    pod = await lab.pod_when("pod", lambda pod: waiting(pod).get("reason") == "CrashLoopBackOff")
    assert phase(pod) == "Running"
    assert pod["status"]["containerStatuses"][0]["restartCount"] >= 1
    (event, *_) = await lab.events("pod", "BackOff")
    assert event["type"] == "Warning"  # unlike the BackOff of a pull
    assert event["message"].startswith("Back-off restarting failed container app in pod pod_default(")


async def test_a_restart_with_always_on_a_stale_node_fails_while_the_pod_is_running(lab: Lab) -> None:
    lab.ground.images.push(f"{HOST}/acme/apps/leaves:v1", labels={"sandbox.exit": "0", "sandbox.run-seconds": "5"})
    machine = await lab.machine()
    await lab.pod(image=f"{HOST}/acme/apps/leaves:v1", container={"imagePullPolicy": "Always"})
    await lab.pod_when("pod", is_ready)
    machine.make_stale()
    pod = await lab.pod_when("pod", lambda pod: waiting(pod).get("reason") == "ErrImagePull")
    assert phase(pod) == "Running"


async def test_a_pod_is_stopped_with_grace(lab: Lab) -> None:
    lab.ground.images.push(f"{HOST}/acme/apps/slow:v1", labels={"sandbox.stop-seconds": "20"})
    await lab.machine()
    await lab.pod(image=f"{HOST}/acme/apps/slow:v1")
    await lab.pod_when("pod", is_ready)
    began = asyncio.get_running_loop().time()
    await lab.client.delete("pods", "pod", lab.namespace)
    pod = await lab.get("pods", "pod")
    assert pod
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 30
    await gone(lab)
    assert asyncio.get_running_loop().time() - began >= lab.ground.pace.real(20)
    (killing,) = await lab.events("pod", "Killing")
    assert killing["message"] == "Stopping container app"
    final = lab.books.calls(api="kubernetes", user="system:node:node-1", verb="delete", resource="pods")
    assert [call.body["gracePeriodSeconds"] for call in final] == [0]


async def test_a_container_that_does_not_listen_is_killed_when_its_grace_is_over(lab: Lab) -> None:
    lab.ground.images.push(f"{HOST}/acme/apps/deaf:v1", labels={"sandbox.stop-seconds": "3600"})
    await lab.machine()
    await lab.pod(image=f"{HOST}/acme/apps/deaf:v1", terminationGracePeriodSeconds=30)
    await lab.pod_when("pod", is_ready)
    await lab.client.delete("pods", "pod", lab.namespace)
    await gone(lab)
    statuses = [call.body["status"] for call in lab.books.calls(api="kubernetes", verb="patch", resource="pods/status")]
    assert statuses[-1]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137


async def test_a_waiting_pod_leaves_at_once(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()
    await lab.pod_when("pod", is_stuck)
    await lab.client.delete("pods", "pod", lab.namespace)
    await gone(lab)
    assert "Killing" not in await reasons(lab)


async def test_a_pod_deleted_without_grace_makes_room_for_another_of_its_name(lab: Lab) -> None:
    await lab.machine()
    first = await lab.pod()
    await lab.pod_when("pod", is_ready)
    await lab.client.delete("pods", "pod", lab.namespace, grace=0)
    await lab.pod()
    second = await lab.pod_when("pod", is_ready)
    assert first["metadata"]["uid"] != second["metadata"]["uid"]


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
    await lab.pod(container={"readinessProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 30}})
    pod = await lab.pod_when("pod", lambda pod: phase(pod) == "Running")
    assert not is_ready(pod)
    await lab.pod_when("pod", is_ready)


async def test_the_image_policy_is_the_tags_by_default(lab: Lab) -> None:
    await lab.machine()
    latest = f"{HOST}/acme/apps/ocr"
    lab.ground.images.push(f"{latest}:latest")
    for name in ("one", "two"):
        await lab.pod(name, image=latest)
        await lab.pod_when(name, is_ready)
    for name in ("three", "four"):
        await lab.pod(name, image=IMAGE)
        await lab.pod_when(name, is_ready)
    asked = [
        call.name.partition(":")[2]
        for call in lab.books.calls(api="registry", verb="head", resource="manifests", status=200)
    ]
    assert asked == ["latest", "latest", "v1"]
