"""Logs, as a kubelet of the sandbox writes them and everybody reads them."""

from typing import Any

import httpx
import pytest

from tests.contract.kube.server import Api, pod, refusal


def _say(raw: httpx.Client, namespace: str, text: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods/web/log"
    assert raw.put(path, params={"container": "app"}, content=text).status_code == 200


@pytest.fixture
def running(core: Api, namespace: str, node: str) -> str:
    """The namespace of a pod "web" that runs."""
    core.create_namespaced_pod(namespace, pod("web", node=node))
    _state(core, namespace, {"running": {"startedAt": "2026-11-24T12:00:00Z"}})
    return namespace


def _state(core: Api, namespace: str, state: dict[str, Any], **more: Any) -> None:
    status = {"name": "app", "image": "a", "imageID": "a", "ready": True, "restartCount": 0, "state": state, **more}
    core.patch_namespaced_pod_status("web", namespace, {"status": {"containerStatuses": [status]}})


def test_log_is_read_as_text(raw: httpx.Client, core: Api, running: str) -> None:
    _say(raw, running, "Starting OCR worker\n")
    _say(raw, running, "Starting OCR worker\nlistening for messages...\n")
    assert core.read_namespaced_pod_log("web", running) == "Starting OCR worker\nlistening for messages...\n"


def test_window_of_a_log(raw: httpx.Client, core: Api, running: str) -> None:
    _say(raw, running, "one\ntwo\nthree\n")
    assert core.read_namespaced_pod_log("web", running, tail_lines=2) == "two\nthree\n"
    assert core.read_namespaced_pod_log("web", running, limit_bytes=3) == "one"
    assert core.read_namespaced_pod_log("web", running, since_seconds=60) == "one\ntwo\nthree\n"
    stamped = core.read_namespaced_pod_log("web", running, timestamps=True, tail_lines=1)
    assert stamped.split(" ")[1] == "three\n"
    later = raw.get(f"/api/v1/namespaces/{running}/pods/web/log", params={"sinceTime": "2999-01-01T00:00:00Z"})
    assert later.text == ""


def test_since_zero_seconds_is_422(core: Api, running: str) -> None:
    assert refusal(core.read_namespaced_pod_log, "web", running, since_seconds=0)["code"] == 422


def test_log_that_is_not_there_is_200_with_the_error_as_text(core: Api, running: str) -> None:
    assert core.read_namespaced_pod_log("web", running).startswith("failed to try resolving symlinks in path")


@pytest.mark.parametrize(
    "reason, words",
    [
        ("ErrImagePull", "image can't be pulled"),
        ("ImagePullBackOff", "trying and failing to pull image"),
        ("ContainerCreating", "ContainerCreating"),
    ],
)
def test_container_that_has_not_started_is_400(core: Api, running: str, reason: str, words: str) -> None:
    _state(core, running, {"waiting": {"reason": reason}})
    status = refusal(core.read_namespaced_pod_log, "web", running)
    assert (status["code"], status["message"]) == (400, f'container "app" in pod "web" is waiting to start: {words}')


def test_container_must_be_named_where_there_are_two(raw: httpx.Client, core: Api, namespace: str, node: str) -> None:
    body = pod("web", node=node)
    body["spec"]["containers"].append({"name": "side", "image": "registry.example/side:v1"})
    core.create_namespaced_pod(namespace, body)
    status = refusal(core.read_namespaced_pod_log, "web", namespace)
    words = "a container name must be specified for pod web, choose one of: [app side]"
    assert (status["code"], status["message"]) == (400, words)
    status = refusal(core.read_namespaced_pod_log, "web", namespace, container="nope")
    assert status["message"] == "container nope is not valid for pod web"


def test_pod_without_a_node_has_no_log(core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    assert refusal(core.read_namespaced_pod_log, "web", namespace)["code"] == 400


def test_log_of_the_run_before(raw: httpx.Client, core: Api, running: str) -> None:
    status = refusal(core.read_namespaced_pod_log, "web", running, previous=True)
    assert status["message"] == 'previous terminated container "app" in pod "web" not found'
    _say(raw, running, "first run\n")
    _say(raw, running, "second run\n")
    ended = {"terminated": {"exitCode": 1, "reason": "Error"}}
    _state(core, running, {"running": {"startedAt": "2026-11-24T12:01:00Z"}}, lastState=ended)
    assert core.read_namespaced_pod_log("web", running, previous=True) == "first run\n"
    assert core.read_namespaced_pod_log("web", running) == "second run\n"


def test_followed_log_ends_with_its_container(raw: httpx.Client, core: Api, running: str) -> None:
    _say(raw, running, "one\n")
    path = f"/api/v1/namespaces/{running}/pods/web/log"
    with raw.stream("GET", path, params={"follow": "true"}) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "one"
        _say(raw, running, "one\ntwo\n")
        assert next(lines) == "two"
        _state(core, running, {"terminated": {"exitCode": 0, "reason": "Completed"}})
        assert list(lines) == []
