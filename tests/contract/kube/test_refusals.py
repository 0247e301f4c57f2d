"""What an API server does not take: fields that are unknown, wrong or fixed, and objects that have no place."""

import httpx
import pytest

from tests.contract.kube.server import Api, fresh, pod, refusal


def test_create_in_a_missing_namespace_is_404(core: Api) -> None:
    status = refusal(core.create_namespaced_pod, "nowhere", pod("web"))
    assert (status["code"], status["message"]) == (404, 'namespaces "nowhere" not found')


def test_create_in_a_terminating_namespace_is_403_with_its_cause(core: Api, namespace: str) -> None:
    body = pod("keeper")
    body["metadata"]["finalizers"] = ["example.com/keep"]
    core.create_namespaced_pod(namespace, body)
    core.delete_namespace(namespace)
    status = refusal(core.create_namespaced_pod, namespace, pod("late"))
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    assert "because it is being terminated" in status["message"]


def test_unknown_fields_vanish(raw: httpx.Client, core: Api, namespace: str) -> None:
    body = pod("web", nonsense=True)
    assert raw.post(f"/api/v1/namespaces/{namespace}/pods", json=body).status_code == 201
    assert "nonsense" not in raw.get(f"/api/v1/namespaces/{namespace}/pods/web").json()["spec"]


def test_unknown_fields_are_named_where_the_check_is_strict(raw: httpx.Client, namespace: str) -> None:
    path, strict = f"/api/v1/namespaces/{namespace}/pods", {"fieldValidation": "Strict"}
    body = pod("web", nonsense=True)
    body["spec"]["containers"][0]["more"] = 1
    says = 'strict decoding error: unknown field "spec.containers[0].more", unknown field "spec.nonsense"'
    answer = raw.post(path, params=strict, json=body)
    assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")
    assert answer.json()["message"] == f'Pod in version "v1" cannot be handled as a Pod: {says}'
    assert raw.post(path, json=pod("web")).status_code == 201
    headers = {"content-type": "application/merge-patch+json"}
    patched = raw.patch(f"{path}/web", params=strict, json={"spec": {"nonsense": 1}}, headers=headers)
    assert patched.status_code == 422
    assert patched.json()["details"]["causes"][0]["message"].endswith('unknown field "spec.nonsense"')
    assert raw.post(path, params={"fieldValidation": "Odd"}, json=pod("b")).status_code == 422


def test_wrong_type_can_not_be_decoded(raw: httpx.Client, namespace: str) -> None:
    answer = raw.post(f"/api/v1/namespaces/{namespace}/pods", json=pod("web", nodeName=5))
    assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")
    why = "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeName of type string"
    assert answer.json()["message"] == f'Pod in version "v1" cannot be handled as a Pod: {why}'


def test_event_of_the_newer_kind_must_say_more(raw: httpx.Client, namespace: str) -> None:
    about = {"kind": "Pod", "namespace": namespace, "name": "web"}
    body = {"metadata": {"name": "new"}, "involvedObject": about, "eventTime": "2026-11-24T12:00:00.000000Z"}
    answer = raw.post(f"/api/v1/namespaces/{namespace}/events", json=body)
    causes = {(each["field"], each["reason"]) for each in answer.json()["details"]["causes"]}
    wanted = {"reportingComponent", "reportingInstance", "action", "reason"}
    assert {(field, "FieldValueRequired") for field in wanted} <= causes


def test_unparseable_body_is_400(raw: httpx.Client, namespace: str) -> None:
    headers = {"content-type": "application/json"}
    answer = raw.post(f"/api/v1/namespaces/{namespace}/pods", content=b"{nonsense", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")


@pytest.mark.parametrize(
    "change, field, reason",
    [
        ({"spec": {"containers": []}}, "spec.containers", "FieldValueRequired"),
        ({"metadata": {"name": "Bad_Name"}}, "metadata.name", "FieldValueInvalid"),
        ({"metadata": {"name": "web", "labels": {"a": "not a label"}}}, "metadata.labels", "FieldValueInvalid"),
        ({"spec": {"containers": [{"name": "app"}]}}, "spec.containers[0].image", "FieldValueRequired"),
        (
            {"spec": {"containers": [{"name": "app", "image": "a", "imagePullPolicy": "Sometimes"}]}},
            "spec.containers[0].imagePullPolicy",
            "FieldValueNotSupported",
        ),
    ],
)
def test_invalid_pod_is_422_and_names_the_field(
    raw: httpx.Client, namespace: str, change: dict[str, object], field: str, reason: str
) -> None:
    answer = raw.post(f"/api/v1/namespaces/{namespace}/pods", json={**pod("web"), **change})
    assert (answer.status_code, answer.json()["reason"]) == (422, "Invalid")
    causes = {(cause["field"], cause["reason"]) for cause in answer.json()["details"]["causes"]}
    assert (field, reason) in causes


def test_nearly_all_of_a_pods_spec_is_immutable(core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    status = refusal(core.patch_namespaced_pod, "web", namespace, {"spec": {"nodeName": "elsewhere"}})
    assert status["code"] == 422
    assert "pod updates may not change fields other than" in status["message"]


def test_provider_id_is_written_once(core: Api, node: str) -> None:
    core.patch_node(node, {"spec": {"providerID": "gce://acme/us-central1-a/a"}})
    status = refusal(core.patch_node, node, {"spec": {"providerID": "gce://acme/us-central1-a/b"}})
    assert status["details"]["causes"][0]["field"] == "spec.providerID"


def test_lease_needs_microseconds_and_a_version(raw: httpx.Client, namespace: str) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    body = {"metadata": {"name": "turn"}, "spec": {"renewTime": "2026-11-24T12:00:00Z"}}
    assert raw.post(path, json=body).status_code == 400
    body["spec"] = {"renewTime": "2026-11-24T12:00:00.000001Z"}
    created = raw.post(path, json=body)
    assert created.status_code == 201
    assert raw.post(path, json=body).status_code == 409
    unconditional = raw.put(f"{path}/turn", json=body)
    assert (unconditional.status_code, unconditional.json()["reason"]) == (422, "Invalid")
    assert "metadata.resourceVersion" in unconditional.json()["message"]
    assert raw.put(f"{path}/turn", json={**created.json(), "spec": {"holderIdentity": "me"}}).status_code == 200
    assert raw.put(f"{path}/turn", json={**created.json(), "spec": {"holderIdentity": "you"}}).status_code == 409


def test_event_stands_in_the_namespace_of_what_it_is_about(core: Api, namespace: str, node: str) -> None:
    about = {"kind": "Node", "name": node, "apiVersion": "v1"}
    body = {"metadata": {"name": fresh("event")}, "involvedObject": about, "reason": "Rebooted", "type": "Warning"}
    assert core.create_namespaced_event("default", body).involved_object.name == node
    status = refusal(core.create_namespaced_event, namespace, body)
    assert (status["code"], status["details"]["causes"][0]["field"]) == (422, "involvedObject.namespace")


def test_pod_of_a_missing_service_account_is_403(core: Api, namespace: str) -> None:
    status = refusal(core.create_namespaced_pod, namespace, pod("web", serviceAccountName="nobody"))
    assert status["code"] == 403
    assert 'serviceaccount "nobody" not found' in status["message"]
