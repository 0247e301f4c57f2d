"""The deployed sink's filter, held against what GKE logs about a failing pull."""

from typing import Any

import pytest

from sandbox.router import Sink

SINK = Sink.of_cluster(cluster="prod", location="us-central1", topic="projects/acme/topics/image-pull-events")
IMAGE = "us-central1-docker.pkg.dev/acme/apps/worker:v1"


def entry(reason: str, kind: str, message: str, **labels: str) -> dict[str, Any]:
    return {
        "logName": "projects/acme/logs/events",
        "severity": "WARNING" if kind == "Warning" else "INFO",
        "resource": {
            "type": "k8s_pod",
            "labels": {
                "project_id": "acme",
                "location": "us-central1",
                "cluster_name": "prod",
                "namespace_name": "shop",
                "pod_name": "api-1",
                **labels,
            },
        },
        "jsonPayload": {"reason": reason, "type": kind, "message": message},
    }


PULL = ("Failed", "Warning", f'Failed to pull image "{IMAGE}": failed to authorize: … 401 Unauthorized')


@pytest.mark.parametrize(
    "reason, kind, message",
    [
        PULL,
        ("BackOff", "Normal", f'Back-off pulling image "{IMAGE}"'),
        ("Failed", "Warning", f'(combined from similar events): Failed to pull image "{IMAGE}": 401 Unauthorized'),
    ],
)
def test_the_events_that_name_the_image_pass(reason: str, kind: str, message: str) -> None:
    """The first carries the cause; after a while the second is all that the kubelet's recorder lets through."""
    assert SINK.query.matches(entry(reason, kind, message))


@pytest.mark.parametrize(
    "reason, kind, message",
    [
        ("Pulling", "Normal", f'Pulling image "{IMAGE}"'),
        ("Failed", "Warning", "Error: ErrImagePull"),
        ("Failed", "Warning", "Error: ImagePullBackOff"),
        ("BackOff", "Warning", "Back-off restarting failed container app in pod api-1"),
        ("Failed", "Warning", "Error: failed to create containerd task: no such file or directory"),
        ("FailedScheduling", "Warning", "0/4 nodes are available"),
    ],
)
def test_the_other_events_of_a_pod_do_not(reason: str, kind: str, message: str) -> None:
    assert not SINK.query.matches(entry(reason, kind, message))


@pytest.mark.parametrize(
    "labels",
    [{"namespace_name": "repull"}, {"cluster_name": "stage"}, {"location": "europe-west4"}],
)
def test_probes_and_other_clusters_are_left_out(labels: dict[str, str]) -> None:
    assert not SINK.query.matches(entry(*PULL, **labels))


def test_what_has_no_json_is_left_out() -> None:
    started = {key: value for key, value in entry(*PULL).items() if key != "jsonPayload"}
    assert not SINK.query.matches({**started, "textPayload": "Event exporter started watching."})


def test_what_the_functions_log_about_it_is_left_out() -> None:
    quoted = entry(*PULL) | {"logName": "projects/acme/logs/run.googleapis.com%2Fstdout"}
    assert not SINK.query.matches(quoted)
