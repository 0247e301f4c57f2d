"""Creating, reading and replacing: versions, names, defaults, and who may change what."""

import dataclasses

import pytest
from kubernetes import client

from tests.contract.kube.server import Api, Server, fresh, pod, refusal


def test_server_says_its_version_and_what_it_serves(server: Server) -> None:
    assert client.VersionApi(server.api_client).get_code().git_version.startswith("v1.34")
    groups = {group.name for group in client.ApisApi(server.api_client).get_api_versions().groups}
    assert {"apps", "batch", "coordination.k8s.io", "policy"} <= groups


def test_token_that_names_nobody_is_401(server: Server) -> None:
    stranger = dataclasses.replace(server, token="worthless")
    with stranger.connect() as connected:
        status = refusal(client.CoreV1Api(connected).list_node)
    assert (status["code"], status["reason"]) == (401, "Unauthorized")


def test_created_pod_has_identity_and_defaults(core: Api, namespace: str) -> None:
    created = core.create_namespaced_pod(namespace, pod("web"))
    again = core.read_namespaced_pod("web", namespace)
    assert again.metadata.uid == created.metadata.uid
    assert created.metadata.creation_timestamp is not None
    assert created.status.phase == "Pending"
    assert created.spec.restart_policy == "Always"
    assert created.spec.termination_grace_period_seconds == 30
    assert created.spec.containers[0].image_pull_policy == "IfNotPresent"


@pytest.mark.parametrize(
    "image, policy",
    [
        ("registry.example:5000/app", "Always"),
        ("registry.example/app:latest", "Always"),
        ("registry.example/app:v1", "IfNotPresent"),
        ("registry.example/app@sha256:" + "a" * 64, "IfNotPresent"),
    ],
)
def test_pull_policy_follows_the_tag(core: Api, namespace: str, image: str, policy: str) -> None:
    body = pod(fresh("pull"))
    body["spec"]["containers"][0]["image"] = image
    assert core.create_namespaced_pod(namespace, body).spec.containers[0].image_pull_policy == policy


def test_generate_name_gives_different_names(core: Api, namespace: str) -> None:
    body = pod("")
    body["metadata"] = {"generateName": "many-"}
    names = {core.create_namespaced_pod(namespace, body).metadata.name for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("many-") and len(name) == len("many-") + 5 for name in names)


def test_same_name_again_is_409(core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    status = refusal(core.create_namespaced_pod, namespace, pod("web"))
    assert (status["code"], status["reason"]) == (409, "AlreadyExists")
    assert status["message"] == 'pods "web" already exists'


def test_missing_object_is_404_in_the_servers_words(core: Api, namespace: str) -> None:
    status = refusal(core.read_namespaced_pod, "nobody", namespace)
    assert (status["code"], status["reason"], status["message"]) == (404, "NotFound", 'pods "nobody" not found')
    assert status["details"] == {"name": "nobody", "kind": "pods"}


def test_missing_object_of_a_group_is_named_with_it(coordination: Api, namespace: str) -> None:
    status = refusal(coordination.read_namespaced_lease, "nobody", namespace)
    assert status["message"] == 'leases.coordination.k8s.io "nobody" not found'
    assert status["details"] == {"name": "nobody", "group": "coordination.k8s.io", "kind": "leases"}


def test_stale_resource_version_is_409(core: Api, namespace: str) -> None:
    first = core.create_namespaced_config_map(namespace, {"metadata": {"name": "state"}, "data": {"a": "1"}})
    core.patch_namespaced_config_map("state", namespace, {"data": {"a": "2"}})
    first.data = {"a": "3"}
    status = refusal(core.replace_namespaced_config_map, "state", namespace, first)
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert status["message"] == (
        'Operation cannot be fulfilled on configmaps "state": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


def test_replacing_another_of_the_same_name_is_409(core: Api, namespace: str) -> None:
    body = {"metadata": {"name": "state", "uid": "11111111-2222-3333-4444-555555555555"}}
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "state"}})
    status = refusal(core.replace_namespaced_config_map, "state", namespace, body)
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert "Precondition failed: UID in precondition: 11111111-" in status["message"]


def test_write_that_changes_nothing_keeps_the_version(core: Api, namespace: str) -> None:
    first = core.create_namespaced_config_map(namespace, {"metadata": {"name": "state"}, "data": {"a": "1"}})
    again = core.patch_namespaced_config_map("state", namespace, {"data": {"a": "1"}})
    assert again.metadata.resource_version == first.metadata.resource_version


def test_main_resource_does_not_change_the_status(core: Api, node: str) -> None:
    condition = {"type": "Ready", "status": "True"}
    changed = core.patch_node(node, {"status": {"conditions": [condition]}, "spec": {"unschedulable": True}})
    assert changed.spec.unschedulable is True
    assert not changed.status.conditions


def test_status_does_not_change_the_spec(core: Api, node: str) -> None:
    condition = {"type": "Ready", "status": "True"}
    changed = core.patch_node_status(node, {"status": {"conditions": [condition]}, "spec": {"unschedulable": True}})
    assert changed.status.conditions[0].status == "True"
    assert changed.spec.unschedulable is None


def test_new_node_is_born_tainted(core: Api) -> None:
    """Its controller decides a moment later, by the conditions that the node has."""
    taints = core.create_node({"metadata": {"name": fresh("newborn")}}, dry_run="All").spec.taints
    assert [(taint.key, taint.effect) for taint in taints] == [("node.kubernetes.io/not-ready", "NoSchedule")]


def test_generation_follows_the_spec_alone(apps: Api, namespace: str) -> None:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app:v1"}]}}
    body = {"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}
    assert apps.create_namespaced_deployment(namespace, body).metadata.generation == 1
    labelled = apps.patch_namespaced_deployment("web", namespace, {"metadata": {"labels": {"a": "b"}}})
    assert labelled.metadata.generation == 1
    scaled = apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 3}})
    assert scaled.spec.replicas == 3
    assert scaled.status.selector == "app=web"
    deployment = apps.read_namespaced_deployment("web", namespace)
    assert (deployment.metadata.generation, deployment.spec.replicas) == (2, 3)


@pytest.mark.parametrize(
    "resources, quality",
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
    ],
)
def test_class_of_service(core: Api, namespace: str, resources: dict[str, object], quality: str) -> None:
    body = pod("web")
    body["spec"]["containers"][0]["resources"] = resources
    assert core.create_namespaced_pod(namespace, body).status.qos_class == quality


def test_dry_run_changes_nothing(core: Api, namespace: str) -> None:
    assert core.create_namespaced_pod(namespace, pod("web"), dry_run="All").metadata.name == "web"
    assert refusal(core.read_namespaced_pod, "web", namespace)["code"] == 404


def test_binding_places_a_pod_once(core: Api, namespace: str, node: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    binding = {"metadata": {"name": "web"}, "target": {"kind": "Node", "name": node}}
    core.create_namespaced_pod_binding("web", namespace, binding, _preload_content=False)
    assert core.read_namespaced_pod("web", namespace).spec.node_name == node
    status = refusal(core.create_namespaced_pod_binding, "web", namespace, binding)
    assert (status["code"], status["reason"]) == (409, "Conflict")


def test_pull_secrets_of_the_service_account_become_the_pods(core: Api, namespace: str) -> None:
    account = {"metadata": {"name": "puller"}, "imagePullSecrets": [{"name": "registry"}]}
    core.create_namespaced_service_account(namespace, account)
    created = core.create_namespaced_pod(namespace, pod("web", serviceAccountName="puller"))
    assert [secret.name for secret in created.spec.image_pull_secrets] == ["registry"]
