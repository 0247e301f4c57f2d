"""What kubelets decide without asking anybody."""

from typing import Any

import pytest

from sandbox.machines.containers import CREATING, Container
from sandbox.machines.podstatus import phase_from, pod_status, qos_class
from sandbox.machines.reference import Reference

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
        ("us-central1-docker.pkg.dev/acme/apps/ocr:v1", "us-central1-docker.pkg.dev/acme/apps/ocr:v1"),
        (f"gcr.io/acme/ocr:v1@{DIGEST}", f"gcr.io/acme/ocr@{DIGEST}"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
    ],
)
def test_references_are_normalised_as_the_runtime_does_it(text: str, wanted: str) -> None:
    assert str(Reference.parse(text)) == wanted


@pytest.mark.parametrize(
    "text", ["", "a:b:c", "gcr.io/Upper/case:v1", "a@sha256:short", "gcr.io/a:", "gcr.io//a", "-a"]
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="invalid reference format"):
        Reference.parse(text)


WAITING: dict[str, Any] = {"waiting": {}}
RUNNING: dict[str, Any] = {"running": {}}


def ended(code: int) -> dict[str, Any]:
    return {"terminated": {"exitCode": code}}


def container(state: dict[str, Any], last: dict[str, Any] | None = None, *, init: bool = False) -> Container:
    return Container(spec={"name": "app", "image": "a"}, state=state, last_state=last or {}, init=init)


@pytest.mark.parametrize(
    "policy, states, wanted",
    [
        pytest.param("Always", [WAITING], "Pending", id="not started yet"),
        pytest.param("Always", [RUNNING, WAITING], "Pending", id="one of two not started yet"),
        pytest.param("Always", [RUNNING], "Running", id="runs"),
        pytest.param("Always", [ended(1)], "Running", id="will be started again"),
        pytest.param("OnFailure", [ended(1)], "Running", id="will be started again after a failure"),
        pytest.param("OnFailure", [ended(0)], "Succeeded", id="done"),
        pytest.param("Never", [ended(0)], "Succeeded", id="ended well"),
        pytest.param("Never", [ended(0), ended(128)], "Failed", id="one of two ended badly"),
        pytest.param("Never", [ended(0), RUNNING], "Running", id="one of two still runs"),
    ],
)
def test_a_pods_phase(policy: str, states: list[dict[str, Any]], wanted: str) -> None:
    assert phase_from(policy, [], [container(state) for state in states], stopped=False) == wanted


def test_waiting_for_the_image_of_a_restart_is_running() -> None:
    assert phase_from("Always", [], [container(WAITING, ended(1))], stopped=False) == "Running"


def test_a_stopped_pod_is_over_whatever_its_restart_policy_says() -> None:
    assert phase_from("Always", [], [container(ended(0))], stopped=True) == "Succeeded"


@pytest.mark.parametrize(
    "policy, state, wanted",
    [
        ("Never", ended(1), "Failed"),
        ("Always", ended(1), "Pending"),
        ("Always", RUNNING, "Pending"),
        ("Never", ended(0), "Pending"),
    ],
)
def test_init_containers_hold_the_phase(policy: str, state: dict[str, Any], wanted: str) -> None:
    assert phase_from(policy, [container(state, init=True)], [container(WAITING)], stopped=False) == wanted


def test_what_a_dead_machine_took_along_is_started_again_and_counted() -> None:
    earlier = {
        "containerID": "containerd://a",
        "restartCount": 2,
        "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
    }
    back = Container.of({"name": "app", "image": "a"}, init=False, earlier=earlier, policy="Always", waiting=CREATING)
    assert back.restart_count == 3
    assert back.last_state["terminated"]["exitCode"] == 255
    assert "waiting" in back.state


def test_a_container_that_had_not_started_has_nothing_to_count() -> None:
    earlier = {"restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    back = Container.of({"name": "app", "image": "a"}, init=False, earlier=earlier, policy="Always", waiting=CREATING)
    assert (back.restart_count, back.last_state) == (0, {})


def test_a_container_that_is_done_stays_done_over_a_boot() -> None:
    earlier = {"containerID": "containerd://a", "restartCount": 0, "state": ended(0)}
    back = Container.of(
        {"name": "app", "image": "a"}, init=False, earlier=earlier, policy="OnFailure", waiting=CREATING
    )
    assert back.is_over("OnFailure")
    assert back.restart_count == 0


def test_ready_names_the_containers_that_are_not() -> None:
    pod = {"spec": {"containers": [{"name": "app", "image": "a"}]}}
    status = pod_status(pod, [container(RUNNING)], before={}, host_ip="10.0.0.1", pod_ip="10.4.0.1")
    ready = next(each for each in status["conditions"] if each["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "ContainersNotReady")
    assert ready["message"] == "containers with unready status: [app]"


@pytest.mark.parametrize(
    "resources, wanted",
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"requests": {"cpu": "1"}, "limits": {"cpu": "1", "memory": "1Gi"}}, "Burstable"),
    ],
)
def test_the_quality_of_service(resources: dict[str, Any], wanted: str) -> None:
    assert qos_class({"spec": {"containers": [{"name": "app", "resources": resources}]}}) == wanted
