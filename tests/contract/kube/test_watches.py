"""Watches: from a resourceVersion, through selectors, with bookmarks, and refused when too old."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import httpx
import pytest
from kubernetes import client, watch

from tests.contract.kube.server import Api, Object, Server, eventually, pod, told

Stream = Callable[..., Iterator[Any]]


@pytest.fixture
def stream() -> Stream:
    """The Python client's own watch."""
    watcher: Any = watch.Watch
    return cast("Stream", watcher().stream)


def _seen(events: list[Object]) -> list[tuple[str, str]]:
    return [(each["type"], each["object"]["metadata"]["name"]) for each in events]


def test_python_clients_watch_sees_every_change_after_its_list(core: Api, namespace: str, stream: Stream) -> None:
    start = core.list_namespaced_config_map(namespace).metadata.resource_version

    def change() -> None:
        core.create_namespaced_config_map(namespace, {"metadata": {"name": "state"}})
        core.patch_namespaced_config_map("state", namespace, {"data": {"a": "1"}})
        core.delete_namespaced_config_map("state", namespace)

    changing = threading.Timer(0.05, change)
    changing.start()
    seen = []
    for event in stream(core.list_namespaced_config_map, namespace, resource_version=start, timeout_seconds=60):
        seen.append((event["type"], event["object"].data))
        if event["type"] == "DELETED":
            break
    changing.join()
    assert seen == [("ADDED", None), ("MODIFIED", {"a": "1"}), ("DELETED", {"a": "1"})]


def test_watch_without_a_version_begins_with_what_is_there(raw: httpx.Client, core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    assert _seen(told(raw, f"/api/v1/namespaces/{namespace}/pods", count=1)) == [("ADDED", "web")]


def test_watch_tells_what_happened_meanwhile(raw: httpx.Client, core: Api, namespace: str) -> None:
    start = core.list_namespaced_pod(namespace).metadata.resource_version
    core.create_namespaced_pod(namespace, pod("web"))
    core.delete_namespaced_pod("web", namespace)
    events = told(raw, f"/api/v1/namespaces/{namespace}/pods", count=3, resourceVersion=start)
    assert _seen(events) == [("ADDED", "web"), ("MODIFIED", "web"), ("DELETED", "web")]
    assert events[1]["object"]["metadata"]["deletionGracePeriodSeconds"] == 0
    versions = [int(each["object"]["metadata"]["resourceVersion"]) for each in events]
    assert versions == sorted(set(versions))


def test_object_that_stops_matching_is_deleted_for_the_watcher(raw: httpx.Client, core: Api, namespace: str) -> None:
    start = core.list_namespaced_pod(namespace).metadata.resource_version
    core.create_namespaced_pod(namespace, pod("web", labels={"pool": "x"}))
    core.patch_namespaced_pod("web", namespace, {"metadata": {"labels": {"pool": "y"}}})
    back = core.patch_namespaced_pod("web", namespace, {"metadata": {"labels": {"pool": "x"}}})
    path = f"/api/v1/namespaces/{namespace}/pods"
    events = told(raw, path, count=3, resourceVersion=start, labelSelector="pool=x")
    assert [each["type"] for each in events] == ["ADDED", "DELETED", "ADDED"]
    assert events[1]["object"]["metadata"]["labels"] == {"pool": "x"}  # the last state that the watcher may see
    assert events[2]["object"]["metadata"]["resourceVersion"] == back.metadata.resource_version


def test_field_selector_shows_a_pod_when_it_is_bound(raw: httpx.Client, core: Api, namespace: str, node: str) -> None:
    start = core.list_namespaced_pod(namespace).metadata.resource_version
    core.create_namespaced_pod(namespace, pod("web"))
    binding = {"metadata": {"name": "web"}, "target": {"kind": "Node", "name": node}}
    assert raw.post(f"/api/v1/namespaces/{namespace}/pods/web/binding", json=binding).status_code == 201
    events = told(raw, "/api/v1/pods", count=1, resourceVersion=start, fieldSelector=f"spec.nodeName={node}")
    assert _seen(events) == [("ADDED", "web")]


def test_version_that_is_forgotten_is_410(server: Server, core: Api, namespace: str, stream: Stream) -> None:
    """Asked of events: of them alone the real server keeps no cache, which would remember for longer."""
    about = {"kind": "Pod", "namespace": namespace, "name": "web"}
    start = core.list_namespaced_event(namespace).metadata.resource_version
    for name in "ab":  # etcd tells of the one version that is next, even where that is the oldest it remembers
        core.create_namespaced_event(namespace, {"metadata": {"name": name}, "involvedObject": about})
    server.forget()
    with pytest.raises(client.ApiException) as caught:
        next(stream(core.list_namespaced_event, namespace, resource_version=start, timeout_seconds=5))
    assert caught.value.status == 410
    assert str(caught.value.reason).startswith("Expired: ")


def test_watch_goes_on_from_the_last_version_that_was_seen(raw: httpx.Client, core: Api, namespace: str) -> None:
    start = core.list_namespaced_config_map(namespace).metadata.resource_version
    for name in "abc":
        core.create_namespaced_config_map(namespace, {"metadata": {"name": name}})
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    (first,) = told(raw, path, count=1, resourceVersion=start)
    seen = first["object"]["metadata"]["resourceVersion"]
    assert _seen(told(raw, path, count=2, resourceVersion=seen)) == [("ADDED", "b"), ("ADDED", "c")]


def test_future_version_yields_nothing(raw: httpx.Client, namespace: str) -> None:
    query: Any = {"resourceVersion": "999999999999", "timeoutSeconds": 1}
    assert told(raw, f"/api/v1/namespaces/{namespace}/pods", count=9, **query) == []


def test_a_bookmark_says_how_far_a_watch_has_come(raw: httpx.Client, core: Api, namespace: str) -> None:
    """A real server sends one two seconds before a watch ends, if it gets round to it."""
    start = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "state"}})
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    query: Any = {"resourceVersion": start, "allowWatchBookmarks": "true", "timeoutSeconds": 4}
    last: Object = {}

    def is_marked() -> bool:
        last.update(told(raw, path, until=lambda event: bool(event["type"] == "BOOKMARK"), **query)[-1])
        return bool(last["type"] == "BOOKMARK")

    eventually(is_marked)
    assert last["object"]["kind"] == "ConfigMap"
    version = last["object"]["metadata"]["resourceVersion"]
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "next"}})
    assert _seen(told(raw, path, count=1, resourceVersion=version)) == [("ADDED", "next")]


@pytest.mark.parametrize("query", [{"labelSelector": "a in b"}, {"timeoutSeconds": "x"}])
def test_bad_query_is_refused_before_the_stream(raw: httpx.Client, query: dict[str, str]) -> None:
    assert raw.get("/api/v1/pods", params={"watch": "1", **query}).status_code == 400


def test_tables_are_watched_row_by_row(raw: httpx.Client, core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    headers = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    with raw.stream("GET", f"/api/v1/namespaces/{namespace}/pods?watch=1", headers=headers) as answer:
        event = json.loads(next(answer.iter_lines()))
    assert (event["type"], event["object"]["kind"]) == ("ADDED", "Table")
    assert event["object"]["rows"][0]["cells"][0] == "web"
