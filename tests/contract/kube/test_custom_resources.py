"""NodeRefreshes under the product's own definition: pruned, validated, with a status of their own."""

from typing import Any

import httpx
import pytest

from tests.contract.kube.server import Api, Object, eventually, fresh, refusal

REPULL = {"group": "repull.dev", "version": "v1alpha1", "plural": "noderefreshes"}


def _refresh(**spec: Any) -> Object:
    complete = {"cluster": "acme/us-central1/prod", "method": "Reset", **spec}
    return {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": fresh("refresh")},
        "spec": {key: value for key, value in complete.items() if value is not None},
    }


def test_unknown_fields_are_pruned_silently(custom: Api) -> None:
    created = custom.create_cluster_custom_object(body=_refresh(nonsense=1, reason="why"), **REPULL)
    assert created["spec"] == {"cluster": "acme/us-central1/prod", "method": "Reset", "reason": "why"}


@pytest.mark.parametrize(
    "spec, field, reason",
    [
        ({"reason": "x" * 1025}, "spec.reason", "FieldValueTooLong"),
        ({"cluster": 7}, "spec.cluster", "FieldValueTypeInvalid"),
        ({"cluster": None}, "spec.cluster", "FieldValueRequired"),
        ({"cluster": None, "method": None}, "spec.method", "FieldValueRequired"),
        ({"method": "Pray"}, "spec.method", "FieldValueNotSupported"),
        ({"cluster": "prod"}, "spec.cluster", "FieldValueInvalid"),
        ({"nodes": ["a", 2]}, "spec.nodes[1]", "FieldValueTypeInvalid"),
        ({"nodes": ["gke-main-a-1", "../x"]}, "spec.nodes[1]", "FieldValueInvalid"),
        ({"firstNodes": ["No_Node"]}, "spec.firstNodes[0]", "FieldValueInvalid"),
        ({"maxUnavailable": "900%"}, "spec.maxUnavailable", "FieldValueInvalid"),
        ({"maxUnavailable": "51"}, "spec.maxUnavailable", "FieldValueInvalid"),
    ],
)
def test_wrong_field_is_422_and_named(custom: Api, spec: Object, field: str, reason: str) -> None:
    status = refusal(custom.create_cluster_custom_object, body=_refresh(**spec), **REPULL)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"].startswith('NodeRefresh.repull.dev "')
    assert (field, reason) in {(each["field"], each["reason"]) for each in status["details"]["causes"]}


@pytest.mark.parametrize(
    "spec, fields",
    [
        ({"cluster": None}, {"spec.cluster", "<nil>"}),
        ({"method": "Pray"}, {"spec.method", "<nil>"}),
        ({"force": 1}, {"spec.force", "<nil>"}),
        ({"reason": "x" * 1025}, {"spec.reason", "<nil>"}),
        ({"cluster": "prod"}, {"spec.cluster", "spec"}),
    ],
)
def test_rules_are_looked_at_where_the_fields_are_there_and_of_their_kind(
    custom: Api, spec: Object, fields: set[str]
) -> None:
    created = custom.create_cluster_custom_object(body=_refresh(), **REPULL)
    name = created["metadata"]["name"]
    status = refusal(custom.patch_cluster_custom_object, name=name, body={"spec": spec}, **REPULL)
    assert {each["field"] for each in status["details"]["causes"]} == fields
    status = refusal(custom.create_cluster_custom_object, body=_refresh(**spec), **REPULL)
    assert {each["field"] for each in status["details"]["causes"]} == fields - {"spec"}


def test_status_is_changed_through_status_alone(custom: Api) -> None:
    body = {**_refresh(), "status": {"phase": "Running"}}
    name = body["metadata"]["name"]
    assert "status" not in custom.create_cluster_custom_object(body=body, **REPULL)
    change = {"status": {"phase": "Running"}, "spec": {"force": True}, "metadata": {"labels": {"a": "b"}}}
    by_status = custom.patch_cluster_custom_object_status(name=name, body=change, **REPULL)
    assert by_status["status"] == {"phase": "Running"}
    assert "force" not in by_status["spec"]
    assert "labels" not in by_status["metadata"]
    assert by_status["metadata"]["generation"] == 1
    by_main = custom.patch_cluster_custom_object(
        name=name, body={"status": {"phase": "Failed"}, "metadata": {"labels": {"a": "b"}}}, **REPULL
    )
    assert by_main["status"] == {"phase": "Running"}
    assert (by_main["metadata"]["labels"], by_main["metadata"]["generation"]) == ({"a": "b"}, 1)


@pytest.mark.parametrize("change", [{"force": True}, {"method": "Recreate"}, {"nodes": ["gke-main-a-1"]}])
def test_what_was_asked_is_written_once(custom: Api, change: Object) -> None:
    created = custom.create_cluster_custom_object(body=_refresh(), **REPULL)
    name = created["metadata"]["name"]
    status = refusal(custom.patch_cluster_custom_object, name=name, body={"spec": change}, **REPULL)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    (cause,) = status["details"]["causes"]
    assert (cause["field"], cause["reason"]) == ("spec", "FieldValueInvalid")
    assert cause["message"].endswith(": what was asked stays as it is; publish abort, and start another refresh")
    assert custom.patch_cluster_custom_object(name=name, body={"spec": created["spec"]}, **REPULL) == created


def test_status_is_validated_too(custom: Api) -> None:
    body = _refresh()
    custom.create_cluster_custom_object(body=body, **REPULL)
    change = {"status": {"phase": "Running", "total": -1}}
    status = refusal(custom.patch_cluster_custom_object_status, name=body["metadata"]["name"], body=change, **REPULL)
    assert status["details"]["causes"][0]["field"] == "status.total"


def test_conditions_of_one_type_are_duplicates(custom: Api) -> None:
    body = _refresh()
    custom.create_cluster_custom_object(body=body, **REPULL)
    condition = {
        "type": "Complete",
        "status": "True",
        "reason": "Done",
        "message": "",
        "lastTransitionTime": "2026-11-24T12:00:00Z",
    }
    change = {"status": {"phase": "Running", "conditions": [condition, condition]}}
    status = refusal(custom.patch_cluster_custom_object_status, name=body["metadata"]["name"], body=change, **REPULL)
    assert status["details"]["causes"][0]["reason"] == "FieldValueDuplicate"


def test_replace_needs_the_current_resource_version(custom: Api) -> None:
    created = custom.create_cluster_custom_object(body=_refresh(), **REPULL)
    name = created["metadata"]["name"]
    unconditional = {**created, "metadata": {"name": name}}
    status = refusal(custom.replace_cluster_custom_object, name=name, body=unconditional, **REPULL)
    assert (status["code"], "metadata.resourceVersion" in status["message"]) == (422, True)
    changed = {**created, "metadata": {**created["metadata"], "labels": {"a": "b"}}}
    custom.replace_cluster_custom_object(name=name, body=changed, **REPULL)
    status = refusal(custom.replace_cluster_custom_object, name=name, body=changed, **REPULL)
    assert (status["code"], status["reason"]) == (409, "Conflict")


def test_definition_says_that_it_is_established(raw: httpx.Client, custom: Api) -> None:
    found = raw.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/noderefreshes.repull.dev").json()
    assert {each["type"]: each["status"] for each in found["status"]["conditions"]}["Established"] == "True"


def test_custom_resource_that_nobody_defined_is_404(raw: httpx.Client) -> None:
    assert raw.get("/apis/example.com/v1/wishes").status_code == 404


def _definition(group: str, schema: Object, **version: Any) -> Object:
    return {
        "metadata": {"name": f"things.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}
            ],
        },
    }


def test_defaults_are_filled_in_and_free_parts_kept(raw: httpx.Client, namespace: str) -> None:
    spec: Object = {
        "type": "object",
        "default": {},
        "properties": {
            "size": {"type": "integer", "default": 3},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
            "share": {"x-kubernetes-int-or-string": True},
            "note": {"type": "string", "nullable": True},
        },
    }
    schema = {"type": "object", "properties": {"spec": spec}}
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    group = f"{namespace}.example"
    assert raw.post(path, json=_definition(group, schema)).status_code == 201
    things = f"/apis/{group}/v1/namespaces/{namespace}/things"
    eventually(lambda: raw.get(things).status_code == 200)

    def thing(name: str, **more: Any) -> Object:
        return {"apiVersion": f"{group}/v1", "kind": "Thing", "metadata": {"name": name}, **more}

    given = {"free": {"anything": 1}, "tags": {"a": "b"}, "share": "10%", "note": None}
    full = raw.post(things, json=thing("full", spec=given))
    assert full.json()["spec"] == {**given, "size": 3}
    assert raw.post(things, json=thing("empty")).json()["spec"] == {"size": 3}
    merge = {"content-type": "application/merge-patch+json"}
    larger = raw.patch(f"{things}/full", json={"spec": {"size": 4}}, headers=merge).json()
    assert (larger["spec"]["size"], larger["metadata"]["generation"]) == (4, 2)
    assert raw.post(things, json=thing("bad", spec={"tags": {"a": 1}})).status_code == 422
    assert raw.delete(f"{path}/things.{group}").status_code == 200
    eventually(lambda: raw.get(things).status_code == 404)


def test_null_counts_as_absent(custom: Api) -> None:
    created = custom.create_cluster_custom_object(body={**_refresh(), "status": None}, **REPULL)
    cleared = {"spec": {**created["spec"], "account": None}}
    body = {**created, **cleared}
    replaced = custom.replace_cluster_custom_object(name=created["metadata"]["name"], body=body, **REPULL)
    assert "account" not in replaced["spec"]


def test_object_must_say_its_kind(raw: httpx.Client, custom: Api) -> None:
    body = {key: value for key, value in _refresh().items() if key != "kind"}
    answer = raw.post("/apis/repull.dev/v1alpha1/noderefreshes", json=body)
    assert (answer.status_code, "Object 'Kind' is missing" in answer.json()["message"]) == (400, True)
