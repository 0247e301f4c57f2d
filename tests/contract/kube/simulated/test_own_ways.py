"""Where the simulated server is knowingly not the real one: what it leaves out, and what can be asked of it alone."""

import httpx
import pytest

from tests.contract.kube.server import Object


@pytest.mark.parametrize(
    "path", ["/api/v1/endpoints", "/api/v1/namespaces/default/services", "/apis/apps/v1/controllerrevisions"]
)
def test_what_is_not_modelled_is_501_with_its_name(raw: httpx.Client, path: str) -> None:
    answer = raw.get(path)
    assert answer.status_code == 501
    assert path.rpartition("/")[2] in answer.json()["message"]


def test_server_side_apply_is_named_as_not_modelled(raw: httpx.Client, node: str) -> None:
    answer = raw.patch(f"/api/v1/nodes/{node}", content="{}", headers={"content-type": "application/apply-patch+yaml"})
    assert answer.status_code == 501
    assert "server-side apply" in answer.json()["message"]


def test_streamed_initial_events_are_named_as_not_modelled(raw: httpx.Client) -> None:
    answer = raw.get("/api/v1/pods", params={"watch": "1", "sendInitialEvents": "true"})
    assert (answer.status_code, "sendInitialEvents" in answer.json()["message"]) == (501, True)


@pytest.mark.parametrize(
    "schema, version",
    [
        ({"type": "object", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "no"}]}, {}),
        (
            {"type": "object", "properties": {"a": {"x-kubernetes-validations": [{"rule": "true", "message": "no"}]}}},
            {},
        ),
        ({"type": "object"}, {"served": False}),
    ],
)
def test_definition_that_asks_for_more_is_501(raw: httpx.Client, schema: Object, version: Object) -> None:
    body = {
        "metadata": {"name": "things.more.example"},
        "spec": {
            "group": "more.example",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}
            ],
        },
    }
    assert raw.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json=body).status_code == 501
