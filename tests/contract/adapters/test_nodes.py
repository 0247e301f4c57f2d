"""Nodes: read, chosen, changed by compare-and-set."""

import pytest

from functions import ownership
from functions.adapters import kube_api
from functions.adapters.kube_nodes import POOL
from functions.errors import Conflict, NotFound
from functions.model.cluster import NodeChange, Taint
from functions.model.names import InstanceRef
from tests.contract.adapters.server import Server


def test_a_node_as_we_see_it(server: Server) -> None:
    server.create(
        "nodes",
        {
            "metadata": {"name": "a", "labels": {POOL: "spot"}, "annotations": {"x": "y"}},
            "spec": {
                "providerID": "gce://acme-prod/us-central1-a/a",
                "unschedulable": True,
                "taints": [
                    {"key": "k", "value": "v", "effect": "NoExecute", "timeAdded": "2026-11-24T08:00:00Z"},
                ],
            },
            "status": {
                "allocatable": {"cpu": "3920m", "memory": "1Gi", "pods": "110"},
                "nodeInfo": {"bootID": "b-1", "operatingSystem": "linux", "architecture": "arm64"},
                "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-24T08:00:00Z"}],
            },
        },
    )

    node = server.cluster.nodes.get("a")

    assert node is not None
    assert (node.pool, node.boot_id, node.architecture, node.unschedulable, node.ready) == (
        "spot",
        "b-1",
        "arm64",
        True,
        True,
    )
    assert node.instance == InstanceRef(project="acme-prod", zone="us-central1-a", name="a")
    assert node.heartbeat is not None
    assert node.heartbeat.isoformat() == "2026-11-24T08:00:00+00:00"
    assert Taint(key="k", value="v", effect="NoExecute") in node.taints
    assert node.allocatable == {"cpu": 3920, "memory": 2**30, "pods": 110}


def test_a_node_that_has_reported_nothing_yet(server: Server) -> None:
    server.create("nodes", {"metadata": {"name": "bare"}})

    node = server.cluster.nodes.get("bare")

    assert node is not None
    assert (node.ready, node.heartbeat, node.boot_id, node.instance, node.pool) == (False, None, "", None, "")


def test_a_node_that_is_not_there(server: Server) -> None:
    assert server.cluster.nodes.get("nobody") is None


def test_some_nodes_are_no_more_than_asked_for_and_of_any_pool(server: Server) -> None:
    for name in ("a", "b", "c"):
        server.node(name, pool="p1" if name == "a" else "")

    assert [node.name for node in server.cluster.nodes.some(limit=2)] == ["a", "b"]
    assert len(server.cluster.nodes.some(limit=9)) == 3


def test_candidates_are_of_these_pools_and_not_marked_in_one_request(server: Server) -> None:
    for name, pool, mark in (("a", "p1", "r1"), ("b", "p1", "r2"), ("c", "p2", ""), ("d", "p3", "")):
        server.node(name, pool=pool, labels={"repull.dev/refresh": mark} if mark else {})
    nodes = server.cluster.nodes

    found = nodes.candidates(pools=("p1", "p2"), not_marked="r1", limit=10)
    assert [node.name for node in found] == ["b", "c"]
    assert [node.name for node in nodes.candidates(pools=("p1", "p2"), not_marked="", limit=2)] == ["a", "b"]
    assert nodes.candidates(pools=(), not_marked="r1", limit=10) == ()
    assert len(server.books.calls(verb="list", resource="nodes")) == 2


def test_nodes_of_a_pool_are_told_by_their_zone(server: Server) -> None:
    for name, pool, zone in (("a", "p1", "z1"), ("b", "p1", "z2"), ("c", "p2", "z2"), ("d", "p1", "z2")):
        server.node(name, pool=pool, labels={"topology.kubernetes.io/zone": zone})
    nodes = server.cluster.nodes

    assert [node.name for node in nodes.of_pool("p1", limit=9)] == ["a", "b", "d"]
    assert [node.name for node in nodes.of_pool("p1", zone="z2", limit=9)] == ["b", "d"]
    assert [node.name for node in nodes.of_pool("p1", zone="z2", limit=1)] == ["b"]
    assert len(server.books.calls(verb="list", resource="nodes")) == 3


def test_nodes_that_carry_a_label(server: Server) -> None:
    for name, value in (("a", "r1"), ("b", "r2")):
        server.node(name, labels={"repull.dev/stale": value})
    server.node("c")
    nodes = server.cluster.nodes

    assert [node.name for node in nodes.carrying("repull.dev/stale", limit=10)] == ["a", "b"]
    assert [node.name for node in nodes.carrying("repull.dev/stale", "r2", limit=10)] == ["b"]
    assert [node.name for node in nodes.carrying("repull.dev/stale", limit=1)] == ["a"]


def test_cordons_that_lost_their_label_are_found_by_what_came_with_them(server: Server) -> None:
    """Whoever else keeps nodes from load balancers may do so with all of them: only metadata is listed."""
    kept = {ownership.EXCLUDE_FROM_LOAD_BALANCERS: "true"}
    for name, labels in (("a", kept), ("b", kept), ("c", {}), ("d", kept), ("e", kept | {ownership.CORDONED_BY: "r"})):
        server.node(name, labels=labels)
    for name in ("b", "c", "d", "e"):
        server.changed(name, NodeChange(annotations={ownership.BEFORE: "{}"}))
    before = len(server.listener.headers)

    assert [node.name for node in server.cluster.nodes.unlabelled(limit=9)] == ["b", "d"]
    assert [node.name for node in server.cluster.nodes.unlabelled(limit=1)] == ["b"]
    (listed,) = {headers["accept"] for headers in server.listener.headers[before::3]}
    assert "as=PartialObjectMetadataList" in listed


def test_counting_pages_through_metadata_only(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube_api, "PAGE", 20)
    for number in range(45):
        server.node(f"n{number:02}", pool="big" if number % 3 else "small")

    assert server.cluster.nodes.count(pools=("big", "small")) == 45
    assert server.cluster.nodes.count(pools=("small",)) == 15
    assert server.cluster.nodes.count(pools=()) == 0
    assert len(server.books.calls(verb="list", resource="nodes")) == 3 + 1
    assert all("as=PartialObjectMetadataList" in headers["accept"] for headers in server.listener.headers)


def test_a_count_ends_where_it_is_enough(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube_api, "PAGE", 20)
    for number in range(45):
        server.node(f"n{number:02}", pool="big")
    nodes = server.cluster.nodes

    assert [nodes.count(pools=("big",), most=most) for most in (1, 20, 25, 45, 60)] == [1, 20, 25, 45, 45]
    assert len(server.books.calls(verb="list", resource="nodes")) == 1 + 1 + 2 + 3 + 3


def test_a_change_touches_what_it_names_and_nothing_else(server: Server) -> None:
    theirs = {"key": "theirs", "effect": "NoExecute", "timeAdded": "2026-11-24T08:00:00Z"}
    server.create(
        "nodes",
        {
            "metadata": {"name": "a", "labels": {"keep": "1", "drop": "1"}, "annotations": {"keep": "1"}},
            "spec": {"providerID": "gce://p/z/a", "taints": [theirs]},
        },
    )
    ours = Taint(key="repull.dev/stale", effect="NoSchedule")

    changed = server.changed(
        "a",
        NodeChange(
            unschedulable=True,
            labels={"drop": None, "new": "2"},
            annotations={"new": "2"},
            taints=(Taint(key="theirs", effect="NoExecute", time_added="2026-11-24T08:00:00Z"), ours),
        ),
    )

    stored = server.stored("nodes", "a")
    assert stored["metadata"]["labels"] == {"keep": "1", "new": "2"}
    assert {"keep": "1", "new": "2"}.items() <= stored["metadata"]["annotations"].items()
    assert stored["spec"]["unschedulable"] is True
    assert stored["spec"]["providerID"] == "gce://p/z/a"
    assert theirs in stored["spec"]["taints"]
    assert {"key": "repull.dev/stale", "effect": "NoSchedule"} in stored["spec"]["taints"]
    assert (changed.unschedulable, ours in changed.taints) == (True, True)
    assert server.listener.headers[-1]["content-type"] == "application/merge-patch+json"


def test_uncordon_and_taking_the_last_taint(server: Server) -> None:
    server.node("a", unschedulable=True, taints=[{"key": "k", "effect": "NoSchedule"}])

    changed = server.changed("a", NodeChange(unschedulable=False, taints=()))

    assert (changed.unschedulable, changed.taints) == (False, ())


def test_a_change_against_an_older_version_loses(server: Server) -> None:
    server.node("a")
    before = server.cluster.nodes.get("a")
    assert before is not None
    server.changed("a", NodeChange(labels={"first": "1"}))

    with pytest.raises(Conflict):
        server.cluster.nodes.change(before, NodeChange(labels={"second": "1"}))

    assert "second" not in server.stored("nodes", "a")["metadata"]["labels"]


def test_changing_a_node_that_is_gone(server: Server) -> None:
    server.node("a")
    node = server.cluster.nodes.get("a")
    assert node is not None
    server.delete("nodes", "a")

    with pytest.raises(NotFound):
        server.cluster.nodes.change(node, NodeChange(unschedulable=True))
