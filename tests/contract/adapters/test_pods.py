"""Pods: read, found, created."""

from typing import Any

import pytest

from functions import probe
from functions.adapters import kube_api
from functions.errors import Conflict, Refused
from functions.model.cluster import ContainerKind, Owner
from functions.model.names import ImageRef, Repository
from functions.model.refresh import RefreshSpec
from functions.probe import ProbeKind
from tests.contract.adapters.product import KEY
from tests.contract.adapters.server import Server

APPS = Repository(project="acme-prod", location="us-central1", name="apps")
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
LABELS = {"app": "ocr"}


def test_a_pod_as_we_see_it(server: Server) -> None:
    """Its owners must be there, or a real garbage collector takes it away."""
    refresh = server.cluster.refreshes.create("r", RefreshSpec(cluster=KEY))
    assert refresh is not None
    controller = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "name": "r", "uid": refresh.uid}
    node = server.node("a")
    other = {"apiVersion": "v1", "kind": "Node", "name": "a", "uid": node["metadata"]["uid"]}
    owners = [other, controller | {"controller": True}]
    server.create(
        "pods",
        {
            "metadata": {"name": "ocr", "namespace": "default", "labels": LABELS, "ownerReferences": owners},
            "spec": {
                "nodeName": "a",
                "serviceAccountName": "default",
                "imagePullSecrets": [{"name": "pull"}],
                "volumes": [
                    {"name": "scratch", "emptyDir": {"medium": "Memory"}},
                    {"name": "cm", "configMap": {"name": "cm"}},
                    {"name": "data", "persistentVolumeClaim": {"claimName": "books"}},
                    {"name": "own", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}},
                ],
                "initContainers": [{"name": "init", "image": "init:v1"}],
                "containers": [
                    {"name": "app", "image": "app:v1", "imagePullPolicy": "Always"},
                    {"name": "side", "image": "side:v1"},
                ],
            },
            "status": {
                "phase": "Pending",
                "reason": "Because",
                "startTime": "2026-11-24T08:00:00Z",
                "initContainerStatuses": [
                    {"name": "init", "image": "i", "imageID": "i@sha256:1", "ready": True, "restartCount": 0,
                     "state": {"terminated": {"reason": "Completed", "exitCode": 0}}},
                ],
                "containerStatuses": [
                    {"name": "side", "image": "s", "imageID": "s@sha256:2", "ready": True, "restartCount": 0,
                     "state": {"running": {"startedAt": "2026-11-24T08:00:07Z"}}},
                    {"name": "app", "image": "a", "imageID": "", "ready": False, "restartCount": 0,
                     "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}},
                ],
            },
        },
    )  # fmt: skip

    pod = server.read("ocr")

    assert pod.owner is not None
    assert (pod.owner.kind, pod.owner.name, pod.owner.uid) == ("NodeRefresh", "r", refresh.uid)
    assert (pod.node, pod.phase, pod.reason, pod.pull_secrets, pod.local_volumes) == (
        "a",
        "Pending",
        "Because",
        ("pull",),
        ("scratch",),
    )
    assert pod.claims == ("books", "ocr-own")
    init, app, side = pod.containers
    assert (init.kind, init.image_id, init.terminated_reason) == (ContainerKind.INIT, "i@sha256:1", "Completed")
    assert (app.fails_to_pull, app.waiting_message, app.pull_policy) == (True, "Back-off", "Always")
    assert side.running_since is not None
    assert side.ready
    assert not pod.ready


def test_pods_of_a_node_and_pending_ones(server: Server) -> None:
    for name, node, phase in (("p1", "a", "Running"), ("p2", "a", "Pending"), ("p3", "b", "Pending")):
        server.pod(name, node=node, phase=phase)
    pods = server.cluster.pods

    assert [pod.name for pod in pods.on_node("a")] == ["p1", "p2"]
    assert [pod.name for pod in pods.pending(limit=10)] == ["p2", "p3"]
    assert [pod.name for pod in pods.pending(limit=1)] == ["p2"]
    assert server.diagnosed.pods.get("other", "p1") is None


def test_pods_that_wait_for_a_place(server: Server) -> None:
    server.pod("p1", node="a", phase="Pending")
    for name in ("p2", "p3"):
        server.pod(name, node="", phase="Pending")
    server.pod("p4", node="", phase="Failed")
    pods = server.cluster.pods

    assert [pod.name for pod in pods.unplaced(limit=10)] == ["p2", "p3"]
    assert [pod.name for pod in pods.unplaced(limit=1)] == ["p2"]
    assert len(server.books.calls(verb="list", resource="pods")) == 2


def test_a_long_list_comes_in_pages(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube_api, "PAGE", 10)
    for number in range(25):
        server.pod(f"p{number:02}", node="a")

    names = [pod.name for pod in server.cluster.pods.on_node("a")]

    assert names == [f"p{number:02}" for number in range(25)]
    assert len(server.books.calls(verb="list", resource="pods")) == 3


def test_pods_that_use_a_repository(server: Server) -> None:
    server.pod("ours-1")
    server.pod("theirs", containers=[{"name": "app", "image": "docker.io/library/nginx"}])
    server.pod("ours-2")

    assert [pod.name for pod in server.cluster.pods.using(APPS, limit=10)] == ["ours-1", "ours-2"]
    assert [pod.name for pod in server.cluster.pods.using(APPS, limit=1)] == ["ours-1"]


def manifest(server: Server) -> dict[str, Any]:
    """A probe, the only pod that the product makes; the node that it names is nowhere."""
    refresh = server.cluster.refreshes.create("r", RefreshSpec(cluster=KEY))
    assert refresh is not None
    image = ImageRef.parse("us-central1-docker.pkg.dev/acme-prod/apps/api:v1")
    owner = Owner(api_version="repull.dev/v1alpha1", kind="NodeRefresh", name="r", uid=refresh.uid)
    return probe.manifest(ProbeKind.ACCESS, image, node="a", of=f"{refresh.uid}/0", owner=owner, seconds=60)


def test_creating_a_pod_whose_name_is_taken(server: Server) -> None:
    sent = manifest(server)
    created = server.cluster.pods.create(sent)
    assert probe.tampering(sent, created) == ""
    assert (created.namespace, created.name) == (sent["metadata"]["namespace"], sent["metadata"]["name"])

    with pytest.raises(Conflict):
        server.cluster.pods.create(sent)


@pytest.mark.parametrize(
    "spoil, said",
    [
        ({"name": "Not A Name"}, "metadata.name"),
        ({"namespace": "nowhere"}, "make install CLUSTER=PROJECT"),
    ],
)
def test_creating_a_pod_that_is_refused(server: Server, spoil: dict[str, Any], said: str) -> None:
    sent = manifest(server)

    with pytest.raises(Refused, match=said):
        server.cluster.pods.create(sent | {"metadata": sent["metadata"] | spoil})


def test_a_log_that_is_not_there(server: Server) -> None:
    server.pod("ocr")

    assert server.cluster.pods.log(server.read("ocr"), "app") == ""
    server.cluster.pods.delete(before := server.read("ocr"), grace_seconds=0)
    assert server.cluster.pods.log(before, "app", since_seconds=5) == ""
