"""Lists: selectors, pages, metadata only."""

import httpx
import pytest

from tests.contract.kube.server import Api, Server, pod, refusal


@pytest.fixture
def pods(core: Api, namespace: str, node: str) -> str:
    """Five pods: a and b in pool x, b marked done; c in pool y; d without labels; e on a node."""
    for name, labels in {"a": {"pool": "x"}, "b": {"pool": "x", "done": "1"}, "c": {"pool": "y"}, "d": {}}.items():
        core.create_namespaced_pod(namespace, pod(name, labels=labels))
    core.create_namespaced_pod(namespace, pod("e", node=node, labels={"size": "7"}))
    return namespace


@pytest.mark.parametrize(
    "selector, names",
    [
        ("", "abcde"),
        ("pool=x", "ab"),
        ("pool==x,!done", "a"),
        ("pool!=x", "cde"),
        ("pool in (x, y)", "abc"),
        ("pool in (x,y),done", "b"),
        ("pool notin (x)", "cde"),
        ("!pool", "de"),
        ("size>6", "e"),
        ("size<7", ""),
    ],
)
def test_label_selectors(core: Api, pods: str, selector: str, names: str) -> None:
    found = core.list_namespaced_pod(pods, label_selector=selector).items
    assert "".join(each.metadata.name for each in found) == names


def test_label_selector_that_can_not_be_read_is_400(core: Api, namespace: str) -> None:
    status = refusal(core.list_namespaced_pod, namespace, label_selector="pool in x")
    assert (status["code"], status["reason"]) == (400, "BadRequest")


def test_field_selectors(core: Api, pods: str, node: str) -> None:
    def names(selector: str) -> str:
        found = core.list_pod_for_all_namespaces(field_selector=f"metadata.namespace={pods},{selector}").items
        return "".join(each.metadata.name for each in found)

    assert names(f"spec.nodeName={node}") == "e"
    assert names("spec.nodeName=,metadata.name!=a") == "bcd"
    assert names("status.phase!=Pending") == ""


def test_field_that_is_not_indexed_is_400(core: Api, namespace: str) -> None:
    status = refusal(core.list_namespaced_pod, namespace, field_selector="spec.hostname=a")
    assert (status["code"], "field label not supported" in status["message"]) == (400, True)


def test_events_are_found_by_what_they_are_about(core: Api, namespace: str) -> None:
    for name, reason in (("a", "Failed"), ("b", "Pulled")):
        about = {"kind": "Pod", "namespace": namespace, "name": f"pod-{name}", "uid": f"uid-{name}"}
        core.create_namespaced_event(
            namespace, {"metadata": {"name": name}, "involvedObject": about, "reason": reason, "type": "Warning"}
        )
    found = core.list_namespaced_event(namespace, field_selector="involvedObject.name=pod-a,reason=Failed").items
    assert [each.metadata.name for each in found] == ["a"]
    assert core.list_namespaced_event(namespace, field_selector="involvedObject.uid=uid-b,reason=Failed").items == []


def test_pages_show_the_state_of_the_first(raw: httpx.Client, pods: str) -> None:
    path = f"/api/v1/namespaces/{pods}/pods"
    first = raw.get(path, params={"limit": 2}).json()
    assert [each["metadata"]["name"] for each in first["items"]] == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 3
    assert raw.delete(f"{path}/c").status_code == 200
    raw.post(path, json=pod("bb"))
    second = raw.get(path, params={"limit": 2, "continue": first["metadata"]["continue"]}).json()
    assert [each["metadata"]["name"] for each in second["items"]] == ["c", "d"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    third = raw.get(path, params={"limit": 2, "continue": second["metadata"]["continue"]}).json()
    assert [each["metadata"]["name"] for each in third["items"]] == ["e"]
    assert "continue" not in third["metadata"]


def test_client_reads_the_token_of_the_next_page(core: Api, pods: str) -> None:
    first = core.list_namespaced_pod(pods, limit=4)
    rest = core.list_namespaced_pod(pods, limit=4, _continue=first.metadata._continue)
    assert [each.metadata.name for each in rest.items] == ["e"]


def test_selector_with_a_limit_counts_nothing(raw: httpx.Client, pods: str) -> None:
    found = raw.get(f"/api/v1/namespaces/{pods}/pods", params={"limit": 1, "labelSelector": "pool=x"}).json()
    assert [each["metadata"]["name"] for each in found["items"]] == ["a"]
    assert "remainingItemCount" not in found["metadata"]


def test_list_from_the_cache_ignores_the_limit(core: Api, pods: str) -> None:
    assert len(core.list_namespaced_pod(pods, limit=1, resource_version="0").items) == 5


def test_page_that_nobody_promised_is_400(core: Api, namespace: str) -> None:
    status = refusal(core.list_namespaced_pod, namespace, limit=1, _continue="long-gone")
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert status["message"].startswith("invalid continue token: ")


def test_page_of_a_forgotten_state_is_410_and_offers_the_present_one(
    server: Server, raw: httpx.Client, core: Api, namespace: str
) -> None:
    """Asked of events: of them alone the real server keeps no cache, which would remember for longer."""
    for name in "abc":
        _event(core, namespace, name)
    path = f"/api/v1/namespaces/{namespace}/events"
    token = raw.get(path, params={"limit": 1}).json()["metadata"]["continue"]
    _event(core, namespace, "bb")
    server.forget()
    refused = raw.get(path, params={"limit": 2, "continue": token})
    assert (refused.status_code, refused.json()["reason"]) == (410, "Expired")
    assert "too old to display a consistent list result" in refused.json()["message"]
    rest = raw.get(path, params={"limit": 2, "continue": refused.json()["metadata"]["continue"]}).json()
    assert [each["metadata"]["name"] for each in rest["items"]] == ["b", "bb"]
    last = raw.get(path, params={"continue": rest["metadata"]["continue"]}).json()
    assert [each["metadata"]["name"] for each in last["items"]] == ["c"]


def _event(core: Api, namespace: str, name: str) -> None:
    about = {"kind": "Pod", "namespace": namespace, "name": "web"}
    core.create_namespaced_event(namespace, {"metadata": {"name": name}, "involvedObject": about, "reason": "Failed"})


def test_event_is_counted_up_by_a_patch(core: Api, namespace: str) -> None:
    """As client-go's recorders do with one that happens again."""
    _event(core, namespace, "a")
    again = {"count": 2, "lastTimestamp": "2026-11-24T12:00:01Z"}
    assert core.patch_namespaced_event("a", namespace, again).count == 2
    assert core.list_namespaced_event(namespace, field_selector="reason=Failed").items[0].count == 2


def test_list_of_the_future_is_refused(raw: httpx.Client) -> None:
    answer = raw.get("/api/v1/nodes", params={"resourceVersion": "999999999999"})
    assert answer.status_code == 504
    assert answer.json()["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


def test_items_of_a_list_do_not_repeat_their_kind(raw: httpx.Client, pods: str) -> None:
    found = raw.get(f"/api/v1/namespaces/{pods}/pods").json()
    assert (found["kind"], found["apiVersion"]) == ("PodList", "v1")
    assert not any("kind" in each for each in found["items"])


def test_metadata_only(raw: httpx.Client, pods: str) -> None:
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    found = raw.get(f"/api/v1/namespaces/{pods}/pods", params={"limit": 2}, headers={"accept": accept}).json()
    assert found["kind"] == "PartialObjectMetadataList"
    assert [set(each) for each in found["items"]] == [{"kind", "apiVersion", "metadata"}] * 2
    assert found["metadata"]["continue"]
