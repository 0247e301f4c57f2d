"""Deletion: grace for pods that a kubelet may run, finalizers, preconditions, collections."""

import httpx
import pytest

from tests.contract.kube.server import Api, Object, pod, refusal, told


def test_pod_without_a_node_goes_at_once(core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    assert core.delete_namespaced_pod("web", namespace).metadata.name == "web"
    assert refusal(core.read_namespaced_pod, "web", namespace)["code"] == 404


def test_pod_on_a_node_gets_its_grace_and_waits_for_the_kubelet(core: Api, namespace: str, node: str) -> None:
    core.create_namespaced_pod(namespace, pod("web", node=node, terminationGracePeriodSeconds=60))
    core.delete_namespaced_pod("web", namespace)
    going = core.read_namespaced_pod("web", namespace).metadata
    assert going.deletion_grace_period_seconds == 60
    assert 55 <= (going.deletion_timestamp - going.creation_timestamp).total_seconds() <= 70
    core.delete_namespaced_pod("web", namespace, grace_period_seconds=0)
    assert refusal(core.read_namespaced_pod, "web", namespace)["code"] == 404


def test_second_deletion_can_only_shorten_the_grace(core: Api, namespace: str, node: str) -> None:
    core.create_namespaced_pod(namespace, pod("web", node=node))
    core.delete_namespaced_pod("web", namespace, grace_period_seconds=20)
    core.delete_namespaced_pod("web", namespace, grace_period_seconds=90)
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_grace_period_seconds == 20
    core.delete_namespaced_pod("web", namespace, grace_period_seconds=5)
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_grace_period_seconds == 5


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_finished_pod_gets_no_grace(core: Api, namespace: str, node: str, phase: str) -> None:
    core.create_namespaced_pod(namespace, pod("web", node=node))
    core.patch_namespaced_pod_status("web", namespace, {"status": {"phase": phase}})
    core.delete_namespaced_pod("web", namespace)
    assert refusal(core.read_namespaced_pod, "web", namespace)["code"] == 404


def test_uid_precondition_protects_another_of_the_same_name(core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    body = {"preconditions": {"uid": "11111111-2222-3333-4444-555555555555"}}
    status = refusal(core.delete_namespaced_pod, "web", namespace, body=body)
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert "does not match the UID in record" in status["message"]
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_timestamp is None


def test_resource_version_precondition(core: Api, namespace: str) -> None:
    seen = core.create_namespaced_config_map(namespace, {"metadata": {"name": "state"}}).metadata.resource_version
    core.patch_namespaced_config_map("state", namespace, {"data": {"a": "1"}})
    body = {"preconditions": {"resourceVersion": seen}}
    assert refusal(core.delete_namespaced_config_map, "state", namespace, body=body)["code"] == 409


def test_object_with_a_finalizer_waits_for_it(core: Api, namespace: str) -> None:
    body = {"metadata": {"name": "kept", "finalizers": ["example.com/keep"]}}
    core.create_namespaced_config_map(namespace, body)
    core.delete_namespaced_config_map("kept", namespace)
    assert core.read_namespaced_config_map("kept", namespace).metadata.deletion_timestamp is not None
    more = {"metadata": {"finalizers": ["example.com/keep", "example.com/more"]}}
    assert refusal(core.patch_namespaced_config_map, "kept", namespace, more)["code"] == 422
    core.patch_namespaced_config_map("kept", namespace, {"metadata": {"finalizers": None}})
    assert refusal(core.read_namespaced_config_map, "kept", namespace)["code"] == 404


@pytest.mark.parametrize("policy, finalizer", [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")])
def test_propagation_leaves_its_finalizer_to_the_garbage_collector(
    raw: httpx.Client, apps: Api, namespace: str, policy: str, finalizer: str
) -> None:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app:v1"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    start = apps.list_namespaced_replica_set(namespace).metadata.resource_version
    apps.create_namespaced_replica_set(namespace, {"metadata": {"name": "owner"}, "spec": spec})
    apps.delete_namespaced_replica_set("owner", namespace, propagation_policy=policy)
    path = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
    events = told(raw, path, until=lambda event: bool(event["type"] == "DELETED"), resourceVersion=start)
    metadata = [event["object"]["metadata"] for event in events]
    assert any(each.get("deletionTimestamp") and each.get("finalizers") == [finalizer] for each in metadata)


def test_deletion_of_most_kinds_answers_with_a_status(raw: httpx.Client, core: Api, namespace: str) -> None:
    uid = core.create_namespaced_config_map(namespace, {"metadata": {"name": "state"}}).metadata.uid
    answer: Object = raw.delete(f"/api/v1/namespaces/{namespace}/configmaps/state").json()
    assert (answer["kind"], answer["status"]) == ("Status", "Success")
    assert answer["details"] == {"name": "state", "kind": "configmaps", "uid": uid}


def test_collection_is_deleted_by_its_selector(core: Api, namespace: str) -> None:
    for name, labels in {"a": {"old": "1"}, "b": {"old": "1"}, "c": {}}.items():
        core.create_namespaced_pod(namespace, pod(name, labels=labels))
    core.delete_collection_namespaced_pod(namespace, label_selector="old")
    assert [each.metadata.name for each in core.list_namespaced_pod(namespace).items] == ["c"]


def test_dry_run_deletes_nothing(core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    core.delete_namespaced_pod("web", namespace, dry_run="All")
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_timestamp is None


def test_missing_object_is_404(core: Api, namespace: str) -> None:
    assert refusal(core.delete_namespaced_pod, "nobody", namespace)["message"] == 'pods "nobody" not found'
