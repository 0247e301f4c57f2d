"""A pod that fails to pull on a node that can is deleted, so that it pulls at once; whoever does it says so before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions import events
from functions.model.refresh import Phase
from functions.phases.pods import Retries
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.server import Server

IMAGE = "us-central1-docker.pkg.dev/acme-prod/apps/api:v1"


def failing(server: Server, node: str) -> str:
    """One of a ReplicaSet, whose next pod has no place, and whose kubelet tries again in some minutes."""
    server.node(node)
    labels = {"app": "web"}
    spec = {"containers": [{"name": "app", "image": IMAGE}], "schedulerName": "nobody"}
    template = {"metadata": {"labels": labels}, "spec": spec | {"nodeName": node}}
    wanted = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    server.create("replicasets", {"metadata": {"name": "web", "namespace": "default"}, "spec": wanted})
    server.await_true(lambda: len(server.ring.list("pods")) == 1)
    server.patch("replicasets", "web", {"spec": {"template": {"spec": {"nodeName": None}}}}, "default")
    server.await_seen("replicasets", "web", "default")
    (pod,) = server.ring.list("pods")
    name = str(pod["metadata"]["name"])
    began = (datetime.now(UTC) - timedelta(seconds=320)).strftime("%Y-%m-%dT%H:%M:%SZ")
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}
    container = {"name": "app", "image": IMAGE, "imageID": "", "ready": False, "restartCount": 0, "state": waiting}
    status = {"phase": "Pending", "startTime": began, "containerStatuses": [container]}
    server.patch("pods/status", name, {"status": status}, "default")
    return name


@pytest.mark.parametrize("answer", [{"drop": True}, {"status": 403}, {"status": 500}], ids=["none", "403", "500"])
def test_whoever_is_about_to_be_deleted_is_named_before_whatever_the_answer(
    server: Server, answer: dict[str, Any]
) -> None:
    """Afterwards it may be another pod, and nothing shows who has deleted the one before."""
    name = failing(server, "a")
    server.fault(verb="delete", resource="pods", **answer)
    trail = Trail()
    hold = held(server.cluster, phase=Phase.RETRY_PODS, node="a", audit=trail)
    retries, present = Retries(hold), server.cluster.pods.on_node("a")

    for _ in range(2):
        retries.retry("a", present)

    assert trail.lines == [(events.POD_RETRIED, f"default/{name}")] * 2  # that it is deleted, and that it can't be
    assert [call.name for call in server.books if (call.verb, call.resource) == ("delete", "pods")] == [name]
