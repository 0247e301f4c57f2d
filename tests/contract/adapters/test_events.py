"""Kubernetes Events: told once, counted when told again, and never a reason to stop."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.adapters import kube_events
from functions.model.cluster import Pod
from functions.model.refresh import RefreshSpec
from tests.contract.adapters.product import KEY
from tests.contract.adapters.server import Server


def test_an_event_on_a_node(server: Server) -> None:
    server.node("a")
    node = server.cluster.nodes.get("a")
    assert node is not None

    server.cluster.announcer.on_node(node, "RepullFailed", "it did\nnot come back", warning=True)

    (event,) = server.events()
    assert event["involvedObject"] == {"apiVersion": "v1", "kind": "Node", "name": "a", "uid": node.uid}
    assert (event["type"], event["reason"], event["message"], event["count"]) == (
        "Warning",
        "RepullFailed",
        "it did not come back",
        1,
    )
    assert event["source"] == {"component": "repull"}


def test_an_event_on_a_refresh(server: Server) -> None:
    refresh = server.cluster.refreshes.create("r", RefreshSpec(cluster=KEY))
    assert refresh is not None

    server.cluster.announcer.on_refresh(refresh, "Started", "3 nodes in scope")

    (event,) = server.events()
    assert (event["involvedObject"]["kind"], event["involvedObject"]["uid"]) == ("NodeRefresh", refresh.uid)
    assert event["type"] == "Normal"


def pod_of(server: Server, owner: dict[str, Any]) -> Pod:
    """One that this controls; its owner must be there, or a real garbage collector takes it away."""
    metadata = {"name": "p", "namespace": "default", "ownerReferences": [owner | {"controller": True}]}
    spec = {"schedulerName": "nobody", "containers": [{"name": "app", "image": "app:v1"}]}
    server.create("pods", {"metadata": metadata, "spec": spec})
    pod = server.diagnosed.pods.get("default", "p")
    assert pod is not None
    return pod


def test_an_event_on_a_pod_stands_on_its_controller_too(server: Server) -> None:
    refresh = server.cluster.refreshes.create("r", RefreshSpec(cluster=KEY))
    assert refresh is not None
    owner = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "name": "r", "uid": refresh.uid}
    pod = pod_of(server, owner)

    for message in ("first", "the same in other words"):
        server.diagnosed.announcer.on_pod(pod, "PullDiagnosed", message, topic="GRANT_MISSING", warning=True)
    server.diagnosed.announcer.on_pod(pod, "PullDiagnosed", "now another", topic="UNKNOWN")

    found = server.events()
    assert {(each["involvedObject"]["kind"], each["involvedObject"]["uid"]) for each in found} == {
        ("Pod", pod.uid),
        ("NodeRefresh", refresh.uid),
    }
    assert sorted((each["message"], each["count"], each["type"]) for each in found) == [
        ("now another", 1, "Normal"),
        ("now another", 1, "Normal"),
        ("the same in other words", 2, "Warning"),
        ("the same in other words", 2, "Warning"),
    ]


def test_a_static_pods_node_is_not_spoken_to(server: Server) -> None:
    """It has no namespace, in which the Event would have to be."""
    node = server.node("a")
    owner = {"apiVersion": "v1", "kind": "Node", "name": "a", "uid": node["metadata"]["uid"]}
    pod = replace(pod_of(server, owner), annotations={"kubernetes.io/config.mirror": "hash"})

    server.diagnosed.announcer.on_pod(pod, "PullDiagnosed", "hello", topic="UNKNOWN")

    (event,) = server.events()
    assert event["involvedObject"]["kind"] == "Pod"


def test_the_same_again_is_counted_and_other_words_are_another_event(server: Server) -> None:
    server.node("a")
    node = server.cluster.nodes.get("a")
    assert node is not None

    for message in ("waiting", "waiting", "waiting", "done"):
        server.cluster.announcer.on_node(node, "Repull", message)

    assert sorted((event["message"], event["count"]) for event in server.events()) == [("done", 1), ("waiting", 3)]


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 500}, {"drop": True}])
def test_an_event_that_does_not_arrive_stops_nobody(
    server: Server, caplog: pytest.LogCaptureFixture, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("repull"), "propagate", True)
    server.node("a")
    node = server.cluster.nodes.get("a")
    assert node is not None
    server.fault(resource="events", **fault)

    server.cluster.announcer.on_node(node, "Repull", "hello")

    assert "no Event Repull on Node a" in caplog.text


@pytest.mark.parametrize("verb", ["create", "list", "patch"])
def test_a_server_that_is_silent_about_events_is_asked_no_more_for_a_while(
    server: Server, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a refresh tells of several, one after the other, and is written after them."""
    monkeypatch.setattr(kube_events, "SECONDS", 0.2)
    clock = Skipping()
    announcer = kube_events.KubeAnnouncer(server.api, clock)
    server.node("a")
    node = server.cluster.nodes.get("a")
    assert node is not None
    server.cluster.announcer.on_node(node, "Repull", "hello")  # from now on it is one to be counted
    server.fault(resource="events", verb=verb, delay=60)
    began = time.monotonic()

    announcer.on_node(node, "Repull", "hello")
    assert time.monotonic() - began < 20
    announcer.on_node(node, "Repull", "nobody hears this")
    assert [event["count"] for event in server.events()] == [1]

    def is_heard() -> bool:
        """Sooner or later: a busy server may leave one more unanswered, which is dropped as well."""
        clock.pause(kube_events.QUIET_SECONDS)
        announcer.on_node(node, "Repull", "hello again")
        return {event["message"] for event in server.events()} == {"hello", "hello again"}

    server.await_true(is_heard)


def test_a_very_long_message_is_cut(server: Server) -> None:
    server.node("a")
    node = server.cluster.nodes.get("a")
    assert node is not None

    server.cluster.announcer.on_node(node, "Repull", "x" * 5000)

    (event,) = server.events()
    assert len(event["message"]) == 1000


class Skipping:
    """`ports.Clock`, which a test moves on."""

    def __init__(self) -> None:
        self.skipped = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    def pause(self, seconds: float) -> None:
        self.skipped += timedelta(seconds=seconds)
