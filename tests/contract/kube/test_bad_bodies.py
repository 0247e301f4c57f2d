"""Whatever JSON comes, the answer is a decision: never a crash."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.kube.server import Api, pod

_WORDS = [
    "metadata",
    "spec",
    "status",
    "name",
    "labels",
    "annotations",
    "finalizers",
    "ownerReferences",
    "kind",
    "containers",
    "image",
    "taints",
    "key",
    "effect",
    "tolerations",
    "operator",
    "conditions",
    "type",
    "addresses",
    "template",
    "selector",
    "matchLabels",
    "replicas",
    "deleteOptions",
    "preconditions",
    "target",
    "cluster",
    "method",
    "nodes",
    "slots",
    "capacity",
    "volumes",
    "resources",
    "limits",
    "securityContext",
    "$patch",
]
_SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(0, 1) | st.sampled_from(["", "x", *_WORDS])
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=4),
    max_leaves=12,
)
_patiently = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_DECISIONS = {200, 201, 400, 403, 404, 409, 415, 422, 501}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nodes",
        "/api/v1/namespaces/default/pods",
        "/api/v1/namespaces/default/events",
        "/apis/apps/v1/namespaces/default/deployments",
        "/apis/batch/v1/namespaces/default/jobs",
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        "/apis/repull.dev/v1alpha1/noderefreshes",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    ],
)
@_patiently
@given(anything=_ANYTHING)
def test_any_create_is_decided(raw: httpx.Client, custom: Api, path: str, anything: Any) -> None:
    body = {"metadata": {"generateName": "any-"}, **anything} if isinstance(anything, dict) else anything
    assert raw.post(path, params={"dryRun": "All"}, json=body).status_code in _DECISIONS


@pytest.mark.parametrize("kind", ["merge", "strategic-merge"])
@_patiently
@given(anything=_ANYTHING)
def test_any_patch_is_decided(raw: httpx.Client, node: str, kind: str, anything: Any) -> None:
    headers = {"content-type": f"application/{kind}-patch+json"}
    for path in (f"/api/v1/nodes/{node}", f"/api/v1/nodes/{node}/status"):
        answer = raw.patch(path, params={"dryRun": "All"}, json=anything, headers=headers)
        assert answer.status_code in _DECISIONS or answer.json()["message"].startswith("unknown patch type: ")


@pytest.mark.parametrize("subresource", ["eviction", "binding"])
@_patiently
@given(anything=_ANYTHING)
def test_any_subresource_is_decided(
    raw: httpx.Client, core: Api, namespace: str, subresource: str, anything: Any
) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    raw.post(pods, json=pod("web"))
    body = {"metadata": {"name": "web"}, **anything} if isinstance(anything, dict) else anything
    answer = raw.post(f"{pods}/web/{subresource}", params={"dryRun": "All"}, json=body)
    assert answer.status_code in _DECISIONS or answer.json()["message"].startswith("target.")
