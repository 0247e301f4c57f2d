"""The three kinds of patch, where each is taken, and how each is refused."""

from typing import Any

import httpx
import pytest

from tests.contract.kube.server import Api, fresh, pod, refusal

REPULL = {"group": "repull.dev", "version": "v1alpha1", "plural": "noderefreshes"}


def _patch(raw: httpx.Client, path: str, kind: str, body: Any) -> httpx.Response:
    return raw.patch(path, json=body, headers={"content-type": f"application/{kind}-patch+json"})


@pytest.fixture
def refresh(custom: Api) -> str:
    name = fresh("refresh")
    spec = {"cluster": "acme/us-central1/prod", "method": "Reset"}
    body = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec}
    custom.create_cluster_custom_object(body=body, **REPULL)
    return name


def test_merge_patch_removes_with_null_and_replaces_lists(raw: httpx.Client, node: str) -> None:
    path = f"/api/v1/nodes/{node}"
    taints = [{"key": "a", "effect": "NoSchedule"}, {"key": "b", "effect": "NoSchedule"}]
    _patch(raw, path, "merge", {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"taints": taints}})
    change = {"metadata": {"labels": {"a": None}}, "spec": {"taints": taints[1:]}}
    changed = _patch(raw, path, "merge", change).json()
    assert changed["metadata"]["labels"] == {"b": "2"}
    assert changed["spec"]["taints"] == taints[1:]


def test_strategic_merge_tells_conditions_apart_by_type(raw: httpx.Client, node: str) -> None:
    path = f"/api/v1/nodes/{node}/status"
    ready, disk = {"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "False"}
    _patch(raw, path, "strategic-merge", {"status": {"conditions": [ready, disk]}})
    change = {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}
    conditions = _patch(raw, path, "strategic-merge", change).json()["status"]["conditions"]
    assert {each["type"]: each["status"] for each in conditions} == {"Ready": "Unknown", "DiskPressure": "False"}


def test_strategic_merge_replaces_taints(raw: httpx.Client, node: str) -> None:
    path, taint = f"/api/v1/nodes/{node}", {"key": "only", "effect": "NoExecute"}
    changed = _patch(raw, path, "strategic-merge", {"spec": {"taints": [taint]}}).json()
    assert changed["spec"]["taints"] == [taint]


def test_strategic_merge_deletes_an_entry_by_directive(raw: httpx.Client, node: str) -> None:
    path = f"/api/v1/nodes/{node}/status"
    addresses = [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": node}]
    _patch(raw, path, "strategic-merge", {"status": {"addresses": addresses}})
    gone = {"status": {"addresses": [{"$patch": "delete", "type": "Hostname"}]}}
    assert _patch(raw, path, "strategic-merge", gone).json()["status"]["addresses"] == addresses[:1]


def test_strategic_merge_changes_one_container_of_two(raw: httpx.Client, namespace: str) -> None:
    body = pod("web")
    body["spec"]["containers"].append({"name": "side", "image": "registry.example/side:v1"})
    raw.post(f"/api/v1/namespaces/{namespace}/pods", json=body)
    change = {"spec": {"containers": [{"name": "side", "image": "registry.example/side:v2"}]}}
    changed = _patch(raw, f"/api/v1/namespaces/{namespace}/pods/web", "strategic-merge", change).json()
    images = [each["image"] for each in changed["spec"]["containers"]]
    assert images == ["registry.example/app:v1", "registry.example/side:v2"]


def test_list_as_body_is_a_json_patch(core: Api, node: str) -> None:
    changed = core.patch_node(node, [{"op": "add", "path": "/spec/unschedulable", "value": True}])
    assert changed.spec.unschedulable is True


def test_failing_test_is_422_and_says_nothing(core: Api, node: str) -> None:
    operations = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "add", "path": "/spec/unschedulable", "value": True},
    ]
    status = refusal(core.patch_node, node, operations)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"] == "the server rejected our request due to an error in our request"
    assert core.read_node(node).spec.unschedulable is None


def test_json_patch_is_lenient_twice(core: Api, node: str) -> None:
    operations = [
        {"op": "test", "path": "/spec/unschedulable", "value": None},
        {"op": "replace", "path": "/spec/unschedulable", "value": True},
    ]
    assert core.patch_node(node, operations).spec.unschedulable is True


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "remove", "path": "/metadata/labels/absent"}],
        [{"op": "add", "path": "/spec/absent/deep", "value": 1}],
        [{"op": "replace", "path": "/spec/absent/deep", "value": 1}],
        [{"op": "replace", "path": "/metadata/name/deep", "value": 1}],
        [{"op": "test", "path": "/spec/absent/deep", "value": None}],
        [{"op": "copy", "from": "/spec/absent/deep", "path": "/spec/unschedulable"}],
        [{"op": "move", "from": "/spec/absent", "path": "/spec/unschedulable"}],
        [{"op": "replace", "path": "/spec/taints/7", "value": {}}],
        [{"op": "invent", "path": "/spec"}],
        [{"path": "/spec"}],
    ],
)
def test_json_patch_that_does_not_fit_is_422(raw: httpx.Client, node: str, operations: list[object]) -> None:
    assert _patch(raw, f"/api/v1/nodes/{node}", "json", operations).status_code == 422


def test_json_patch_copies_nothing_from_an_absent_field(raw: httpx.Client, node: str) -> None:
    operations = [{"op": "copy", "from": "/spec/absent", "path": "/spec/unschedulable"}]
    answer = _patch(raw, f"/api/v1/nodes/{node}", "json", operations)
    assert (answer.status_code, answer.json()["spec"].get("unschedulable")) == (200, None)


def test_json_patch_moves_copies_and_counts_from_the_end(raw: httpx.Client, node: str) -> None:
    path = f"/api/v1/nodes/{node}"
    before = {"labels": {"a": "1"}, "annotations": {"x/y": "2"}}
    taints = [{"key": "first", "effect": "NoSchedule"}]  # the controllers take theirs off a new node, sooner or later
    _patch(raw, path, "merge", {"metadata": before, "spec": {"taints": taints}})
    operations = [
        {"op": "add", "path": "/spec/taints/-", "value": {"key": "last", "effect": "NoSchedule"}},
        {"op": "copy", "from": "/metadata/annotations/x~1y", "path": "/metadata/labels/copied"},
        {"op": "move", "from": "/metadata/labels/copied", "path": "/metadata/labels/moved"},
    ]
    changed = _patch(raw, path, "json", operations).json()
    assert changed["spec"]["taints"][-1]["key"] == "last"
    assert changed["metadata"]["labels"] == {"a": "1", "moved": "2"}


def test_stale_resource_version_in_a_patch_is_409(core: Api, node: str) -> None:
    seen = core.read_node(node).metadata.resource_version
    core.patch_node(node, {"metadata": {"labels": {"a": "1"}}})
    change = {"metadata": {"resourceVersion": seen, "labels": {"a": "2"}}}
    status = refusal(core.patch_node, node, change)
    assert (status["code"], status["reason"]) == (409, "Conflict")


@pytest.mark.parametrize(
    "change, code",
    [
        ({"metadata": {"annotations": {"example.com/attempt": 1}}}, 422),
        ({"metadata": {"uid": "11111111-2222-3333-4444-555555555555"}}, 422),
        ({"metadata": {"name": "another"}}, 400),
    ],
)
def test_patch_that_makes_no_such_object_is_refused(raw: httpx.Client, node: str, change: object, code: int) -> None:
    assert _patch(raw, f"/api/v1/nodes/{node}", "merge", change).status_code == code


def test_patch_of_a_missing_object_is_404(core: Api) -> None:
    assert refusal(core.patch_node, "nobody", {"spec": {"unschedulable": True}})["code"] == 404


def test_custom_object_takes_no_strategic_merge(raw: httpx.Client, refresh: str) -> None:
    path = f"/apis/repull.dev/v1alpha1/noderefreshes/{refresh}"
    answer = _patch(raw, path, "strategic-merge", {"spec": {"force": True}})
    assert (answer.status_code, answer.json()["reason"]) == (415, "UnsupportedMediaType")


def test_custom_object_takes_a_merge_patch(custom: Api, refresh: str) -> None:
    change = {"metadata": {"labels": {"a": "b"}}}
    changed = custom.patch_cluster_custom_object(name=refresh, body=change, **REPULL)
    assert changed["metadata"]["labels"] == {"a": "b"}


def test_list_for_a_custom_object_must_say_that_it_is_a_json_patch(custom: Api, refresh: str) -> None:
    operations = [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]
    status = refusal(custom.patch_cluster_custom_object, name=refresh, body=operations, **REPULL)
    assert status["code"] == 400
    changed = custom.patch_cluster_custom_object(
        name=refresh, body=operations, _content_type="application/json-patch+json", **REPULL
    )
    assert changed["metadata"]["labels"] == {"a": "b"}
