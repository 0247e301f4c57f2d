"""Containers that end, and pods that leave."""

from tests.contract.machines import reading
from tests.contract.machines.lab import Lab, Object, until
from tests.contract.machines.states import first_status, is_ready, is_stuck, phase, waiting

ALWAYS = {"imagePullPolicy": "Always"}


def restarts(pod: Object) -> int:
    return int(first_status(pod)["restartCount"])


async def test_a_restart_with_always_on_a_stale_node_fails_while_the_pod_is_running(lab: Lab) -> None:
    machine = await lab.machine()
    image = lab.push("leaves:v1", labels={"sandbox.exit": "0", "sandbox.run-seconds": lab.lasting(5)})
    await lab.pod(on=machine, image=image, container=ALWAYS)
    await lab.pod_when("pod", is_ready)
    machine.make_stale()
    pod = await lab.pod_when("pod", lambda pod: waiting(pod).get("reason") in {"ErrImagePull", "ImagePullBackOff"})
    assert phase(pod) == "Running"
    assert reading.fails(lab, pod)
    assert "terminated" in first_status(pod)["lastState"]


async def test_a_container_that_keeps_crashing_backs_off(lab: Lab) -> None:
    machine = await lab.machine()
    image = lab.push("crash:v1", labels={"sandbox.exit": "1"})
    await lab.pod(on=machine, image=image)
    pod = await lab.pod_when("pod", lambda pod: waiting(pod).get("reason") == "CrashLoopBackOff")
    assert phase(pod) == "Running"
    assert restarts(pod) >= 1
    assert waiting(pod)["message"].startswith("back-off ")
    assert f"restarting failed container=app pod=pod_{lab.namespace}(" in waiting(pod)["message"]
    last = first_status(pod)["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (1, "Error")
    (event, *_) = await until(lambda: lab.events("pod", "BackOff"))
    assert event["type"] == "Warning"  # unlike the BackOff of a pull
    assert event["message"].startswith(f"Back-off restarting failed container app in pod pod_{lab.namespace}(")
    assert not reading.fails(lab, pod)


async def test_a_container_that_ends_well_and_is_not_restarted_has_succeeded(lab: Lab) -> None:
    machine = await lab.machine()
    image = lab.push("once:v1", labels={"sandbox.exit": "0"})
    await lab.pod(on=machine, image=image, restartPolicy="Never")
    pod = await lab.pod_when("pod", lambda pod: phase(pod) == "Succeeded")
    assert first_status(pod)["state"]["terminated"]["reason"] == "Completed"
    assert reading.seen(pod).finished


async def test_init_containers_come_first(lab: Lab) -> None:
    machine = await lab.machine()
    image = lab.push("init:v1", labels={"sandbox.exit": "0", "sandbox.run-seconds": lab.lasting(5)})
    await lab.pod(on=machine, initContainers=[{"name": "first", "image": image}])
    pod = await lab.pod_when("pod", lambda pod: first_init(pod).get("running"))
    assert (phase(pod), waiting(pod)["reason"]) == ("Pending", "PodInitializing")
    pod = await lab.pod_when("pod", is_ready)
    assert first_init(pod)["terminated"]["exitCode"] == 0


async def test_an_init_container_whose_image_is_missing_holds_up_the_rest(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, initContainers=[{"name": "first", "image": lab.reference("gone:v1")}])
    pod = await lab.pod_when("pod", lambda pod: first_init(pod).get("waiting", {}).get("reason") == "ImagePullBackOff")
    assert waiting(pod)["reason"] == "PodInitializing"
    assert reading.fails(lab, pod)
    (failed, *_) = await until(lambda: lab.events("pod", "Failed"))
    assert failed["involvedObject"]["fieldPath"] == "spec.initContainers{first}"


def first_init(pod: Object) -> Object:
    """The state of its first init container."""
    statuses: list[Object] = pod["status"].get("initContainerStatuses") or [{"state": {}}]
    state: Object = statuses[0]["state"]
    return state


async def test_a_pod_leaves_when_its_container_has_heard_of_it(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)
    await lab.client.delete("pods", "pod", lab.namespace)
    await lab.gone()

    async def told() -> bool:
        return ("Normal", "Killing", "Stopping container app") in await lab.told()

    await until(told)


async def test_a_waiting_pod_leaves_at_once(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_stuck)
    await lab.client.delete("pods", "pod", lab.namespace)
    await lab.gone()
    assert "Killing" not in {reason for _, reason, _ in await lab.told()}


async def test_a_pod_deleted_without_grace_makes_room_for_another_of_its_name(lab: Lab) -> None:
    machine = await lab.machine()
    first = await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)
    await lab.client.delete("pods", "pod", lab.namespace, grace=0)
    await until(lambda: _missing(lab))
    await lab.pod(on=machine)
    second = await lab.pod_when("pod", is_ready)
    assert first["metadata"]["uid"] != second["metadata"]["uid"]


async def _missing(lab: Lab) -> bool:
    return await lab.get("pods", "pod") is None


async def test_a_running_pod_that_is_taken_for_dead_is_said_to_be_alive(lab: Lab) -> None:
    """So does the node controller with a machine that fell silent, and it may come a moment too late."""
    machine = await lab.machine()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)
    dead = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    written = await lab.client.patch("pods/status", "pod", dead, lab.namespace, kind="strategic-merge")
    assert not is_ready(written)
    await lab.pod_when("pod", is_ready)
