"""What a request says beside its object: which options go together, and what a server makes of those that do not."""

from typing import Any

import httpx
import pytest

from tests.contract.kube.server import Api, Object, pod, refusal


@pytest.mark.parametrize(
    "query, code, says",
    [
        (
            {"resourceVersionMatch": "Exact"},
            422,
            "is forbidden unless resourceVersion is provided",
        ),
        ({"resourceVersion": "0", "resourceVersionMatch": "Exact"}, 422, 'is forbidden for resourceVersion "0"'),
        ({"resourceVersion": "1", "resourceVersionMatch": "foo"}, 422, 'supported values: "Exact", "NotOlderThan", ""'),
        ({"continue": "x", "resourceVersionMatch": "Exact"}, 422, "is forbidden when continue is provided"),
        ({"sendInitialEvents": "true"}, 422, "sendInitialEvents is forbidden for list"),
        ({"timeoutSeconds": "x"}, 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ({"watch": "true", "resourceVersionMatch": "Exact"}, 422, 'supported values: "NotOlderThan"'),
        ({"watch": "true", "resourceVersionMatch": "NotOlderThan"}, 422, "unless sendInitialEvents is provided"),
        ({"labelSelector": "app=-"}, 400, 'values[0][app]: Invalid value: "-": a valid label must be'),
        ({"labelSelector": "app in (a,b c)"}, 400, ""),
        ({"labelSelector": "a/b/c=1"}, 400, 'unable to parse requirement: <nil>: Invalid value: "a/b/c"'),
        ({"labelSelector": "!a/b/c"}, 400, 'unable to parse requirement: <nil>: Invalid value: "a/b/c"'),
        ({"labelSelector": f"app={'x' * 64}"}, 400, "must be no more than 63 "),
        ({"fieldSelector": "metadata.name=a=b"}, 400, "invalid field selector: unescaped character in value: 61"),
        ({"fieldSelector": "metadata.name=a\\"}, 400, "invalid field selector: invalid escape sequence: \\"),
        ({"fieldSelector": r"metadata.name=a\b"}, 400, r"invalid field selector: invalid escape sequence: \b"),
        ({"fieldSelector": " metadata.name=a"}, 400, "field label not supported:  metadata.name"),
    ],
)
def test_a_list_that_asks_for_what_does_not_go_together_is_refused(
    raw: httpx.Client, namespace: str, query: dict[str, str], code: int, says: str
) -> None:
    answer = raw.get(f"/api/v1/namespaces/{namespace}/pods", params=query)
    assert answer.status_code == code, answer.text
    assert says in answer.json()["message"]


def test_a_page_names_no_version_of_its_own(raw: httpx.Client, core: Api, namespace: str) -> None:
    for name in ("a", "b"):
        core.create_namespaced_pod(namespace, pod(name))
    path = f"/api/v1/namespaces/{namespace}/pods"
    first = raw.get(path, params={"limit": 1}).json()["metadata"]
    both = {"continue": first["continue"], "resourceVersion": first["resourceVersion"]}
    answer = raw.get(path, params=both)
    assert answer.status_code == 400
    assert answer.json()["message"] == "specifying resource version is not allowed when using continue"


def test_a_comma_in_a_field_selector_is_escaped(raw: httpx.Client, core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("a"))
    path = f"/api/v1/namespaces/{namespace}/pods"
    assert raw.get(path, params={"fieldSelector": r"metadata.name!=a\,b"}).json()["items"]
    assert not raw.get(path, params={"fieldSelector": r"metadata.name=a\,b"}).json()["items"]


@pytest.mark.parametrize(
    "method, options",
    [("POST", "CreateOptions"), ("PUT", "UpdateOptions"), ("PATCH", "PatchOptions"), ("DELETE", "DeleteOptions")],
)
@pytest.mark.parametrize("value", ["foo", ""])
def test_a_dry_run_is_all_or_nothing(  # noqa: PLR0917 - fixtures
    raw: httpx.Client, core: Api, namespace: str, method: str, options: str, value: str
) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}})
    collection = f"/api/v1/namespaces/{namespace}/configmaps"
    path = collection if method == "POST" else f"{collection}/c"
    given: Any = {} if method == "DELETE" else {"json": {"metadata": {"name": "c"}}}
    headers = {"content-type": "application/merge-patch+json"} if method == "PATCH" else {}
    answer = raw.request(method, path, params={"dryRun": value}, headers=headers, **given)
    assert answer.status_code == 422, answer.text
    assert answer.json()["message"] == (
        f'{options}.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["{value}"]: supported values: "All"'
    )


@pytest.mark.parametrize(
    "body, says",
    [
        ({"dryRun": ["foo"]}, 'dryRun: Unsupported value: ["foo"]: supported values: "All"'),
        (
            {"orphanDependents": True, "propagationPolicy": "Orphan"},
            'propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
        ),
    ],
)
def test_options_of_a_deletion_that_can_not_be_are_422(
    raw: httpx.Client, core: Api, namespace: str, body: Object, says: str
) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}})
    answer = raw.request("DELETE", f"/api/v1/namespaces/{namespace}/configmaps/c", json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, f'DeleteOptions.meta.k8s.io "" is invalid: {says}')


def test_the_body_of_a_deletion_may_ask_for_a_dry_run(raw: httpx.Client, core: Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}})
    path = f"/api/v1/namespaces/{namespace}/configmaps/c"
    assert raw.request("DELETE", path, json={"dryRun": ["All"]}).status_code == 200
    assert core.read_namespaced_config_map("c", namespace)


def test_where_a_deletion_has_a_body_its_query_counts_for_nothing(raw: httpx.Client, core: Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}})
    path = f"/api/v1/namespaces/{namespace}/configmaps/c"
    asked = raw.request("DELETE", path, json={"gracePeriodSeconds": 0}, params={"dryRun": "All"})
    assert asked.status_code == 200
    assert refusal(core.read_namespaced_config_map, "c", namespace)["code"] == 404


def test_a_namespaced_kind_is_asked_for_in_a_namespace_and_no_other_kind_is(raw: httpx.Client, namespace: str) -> None:
    assert raw.post("/api/v1/pods", json=pod("web")).status_code == 405
    assert raw.get(f"/api/v1/namespaces/{namespace}/nodes").status_code == 404
