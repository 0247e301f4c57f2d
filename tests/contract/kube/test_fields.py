"""What an object may hold, kind by kind, as far as repull or its sandbox could get it wrong."""

from typing import Any

import httpx
import pytest

from tests.contract.kube.server import Api, Object, pod, refusal

CONFIG, LEASE, BUDGET, POD = "configmaps", "leases", "poddisruptionbudgets", "pods"
GROUPS = {CONFIG: "api/v1", POD: "api/v1", LEASE: "apis/coordination.k8s.io/v1", BUDGET: "apis/policy/v1"}
OWNERS = [{"apiVersion": "v1", "kind": "Pod", "name": each, "uid": each, "controller": True} for each in "ab"]


def container(**resources: dict[str, str]) -> Object:
    return {"containers": [{"name": "app", "image": "a", "resources": resources}]}


@pytest.mark.parametrize(
    "plural, body, field, says",
    [
        (CONFIG, {"metadata": {"finalizers": ["x"]}}, "metadata.finalizers[0]", "nor is it fully qualified"),
        (CONFIG, {"metadata": {"ownerReferences": OWNERS}}, "metadata.ownerReferences", 'Found "true" in references'),
        (CONFIG, {"data": {"a b": ""}}, "data[a b]", "a valid config key must consist of"),
        (CONFIG, {"data": {"..": ""}}, "data[..]", "must not be '..'"),
        (CONFIG, {"data": {"a": ""}, "binaryData": {"a": "MQ=="}}, "data[a]", "duplicate of key present in binaryData"),
        (LEASE, {"spec": {"leaseTransitions": -1}}, "spec.leaseTransitions", "must be greater than or equal to 0"),
        (BUDGET, {"spec": {"minAvailable": -1}}, "spec.minAvailable", "must be greater than or equal to 0"),
        (BUDGET, {"spec": {"minAvailable": "101%"}}, "spec.minAvailable", "must not be greater than 100%"),
        (BUDGET, {"spec": {"maxUnavailable": "x"}}, "spec.maxUnavailable", "a valid percent string must be"),
        (BUDGET, {"spec": {"selector": {"matchLabels": {"a b": ""}}}}, "spec.selector.matchLabels", "name part must"),
        (POD, {"spec": {"activeDeadlineSeconds": 0}}, "spec.activeDeadlineSeconds", "must be between 1 and 2147483647"),
        (POD, {"spec": {"nodeName": "A_b"}}, "spec.nodeName", "a lowercase RFC 1123 subdomain must consist of"),
        (POD, {"spec": {"nodeSelector": {"a b": ""}}}, "spec.nodeSelector", "name part must consist of"),
        (
            POD,
            {"spec": container(requests={"cpu": "-1"})},
            "spec.containers[0].resources.requests[cpu]",
            "must be greater than or equal to 0",
        ),
        (
            POD,
            {"spec": container(requests={"cpu": "2"}, limits={"cpu": "1"})},
            "spec.containers[0].resources.requests",
            "must be less than or equal to cpu limit of 1",
        ),
    ],
)
def test_a_field_that_can_not_be_is_named(  # noqa: PLR0917 - fixtures
    raw: httpx.Client, namespace: str, plural: str, body: dict[str, Any], field: str, says: str
) -> None:
    whole = pod("x") if plural == POD else {"metadata": {"name": "x"}}
    metadata, spec = ({**whole.get(part, {}), **body.get(part, {})} for part in ("metadata", "spec"))
    made = {**body, "metadata": metadata} | ({"spec": spec} if spec else {})
    answer = raw.post(f"/{GROUPS[plural]}/namespaces/{namespace}/{plural}", json=made, params={"dryRun": "All"})
    assert answer.status_code == 422, answer.text
    found = {cause["field"]: cause["message"] for cause in answer.json()["details"]["causes"]}
    assert says in found.get(field, ""), found


def test_a_quantity_is_one(raw: httpx.Client, namespace: str) -> None:
    body = {"metadata": {"name": "x"}, "spec": container(requests={"cpu": "much"})}
    answer = raw.post(f"/api/v1/namespaces/{namespace}/pods", json=body)
    assert (answer.status_code, "quantities must match" in answer.json()["message"]) == (400, True)


@pytest.mark.parametrize("quantity", ["100n", "0.5", "1e3", "1E", "2Pi", ".5", "3."])
def test_quantities_are_written_in_many_ways(raw: httpx.Client, namespace: str, quantity: str) -> None:
    body = {"metadata": {"name": "x"}, "spec": container(requests={"memory": quantity})}
    answer = raw.post(f"/api/v1/namespaces/{namespace}/pods", json=body, params={"dryRun": "All"})
    assert answer.status_code == 201, answer.text


def test_a_taint_has_a_label_s_value(core: Api, node: str) -> None:
    taint = {"key": "a", "value": "x y", "effect": "NoSchedule"}
    status = refusal(core.patch_node, node, {"spec": {"taints": [taint]}})
    assert status["code"] == 422
    assert status["details"]["causes"][0]["field"] == "metadata.taints[0].value"


def test_what_is_immutable_can_not_be_made_otherwise(core: Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}, "data": {"a": "1"}, "immutable": True})
    for change in ({"data": {"a": "2"}}, {"immutable": False}):
        status = refusal(core.patch_namespaced_config_map, "c", namespace, change)
        assert "Forbidden: field is immutable when `immutable` is set" in status["message"]


def test_pods_of_a_workload_are_always_restarted(apps: Api, namespace: str) -> None:
    spec = {"containers": [{"name": "app", "image": "a"}], "restartPolicy": "Never"}
    template = {"metadata": {"labels": {"app": "d"}}, "spec": spec}
    made = {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"app": "d"}}, "template": template}}
    status = refusal(apps.create_namespaced_deployment, namespace, made)
    assert (
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"' in status["message"]
    )


def test_nobody_marks_an_object_for_deletion_by_hand(core: Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}})
    mark = {"metadata": {"deletionTimestamp": "2020-01-01T00:00:00Z"}}
    status = refusal(core.patch_namespaced_config_map, "c", namespace, mark)
    assert (status["code"], status["details"]["causes"][0]["field"]) == (422, "metadata.deletionTimestamp")


def test_an_object_stays_in_its_namespace(core: Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}})
    elsewhere = {"metadata": {"name": "c", "namespace": "elsewhere"}}
    says = "the namespace of the provided object does not match the namespace sent on the request"
    for write in (core.patch_namespaced_config_map, core.replace_namespaced_config_map):
        status = refusal(write, "c", namespace, elsewhere)
        assert (status["code"], status["message"]) == (400, says)


def test_the_version_zero_is_no_precondition(core: Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}})
    whole = {"metadata": {"name": "c", "resourceVersion": "0"}, "data": {"a": "1"}}
    assert core.replace_namespaced_config_map("c", namespace, whole).data == {"a": "1"}


def test_a_scale_is_of_the_workload_in_the_path(raw: httpx.Client, apps: Api, namespace: str) -> None:
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "app", "image": "a"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "d"}}, "template": template}
    apps.create_namespaced_deployment(namespace, {"metadata": {"name": "d"}, "spec": spec})
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/d/scale"
    answer = raw.put(path, json={"metadata": {"name": "other"}, "spec": {"replicas": 0}})
    assert answer.status_code == 400
    assert answer.json()["message"] == "the name of the object (other) does not match the name on the URL (d)"
