"""Deployments: scaled against what was read, found by our label, and whose their replicas are."""

from typing import Any

import pytest

from functions import replicas
from functions.errors import Conflict, NotFound
from functions.model.cluster import Owner
from functions.model.placement import Requirement
from functions.model.workload import Autoscaler, Deployment, Manager, Scaling
from functions.replicas import REPLICAS, SCALED_BY
from tests.contract.adapters.server import Server

TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "app", "image": "app:v1"}]}}


def make(server: Server, name: str = "ocr", **metadata: Any) -> None:
    spec = {"selector": {"matchLabels": {"app": "x"}}, "template": TEMPLATE, "replicas": 2}
    server.create("deployments", {"metadata": {"name": name, "namespace": "default", **metadata}, "spec": spec})


def read(server: Server, name: str = "ocr") -> Deployment:
    found = server.cluster.deployments.get("default", name)
    assert found
    return found


def scale(server: Server, scaled: str = "r1", name: str = "ocr") -> Deployment:
    """To zero. Its own controller writes it, too."""
    while True:
        found = read(server, name)
        change = replicas.to_zero(found, scaled)
        assert change
        try:
            return server.cluster.deployments.change(found, change)
        except Conflict:
            continue


def test_it_is_read_as_it_is(server: Server) -> None:
    make(server, labels={"team": "a"}, annotations={"why": "b"})

    found = read(server)

    assert (found.key, found.replicas, found.labels, found.owner) == ("default/ocr", 2, {"team": "a"}, None)
    assert found.annotations["why"] == "b"
    assert found.selector == (Requirement(key="app", operator="In", values=("x",)),)
    assert server.cluster.deployments.get("default", "none") is None


def test_an_operator_that_made_it_is_seen(server: Server) -> None:
    owner = {"apiVersion": "acme.dev/v1", "kind": "Shop", "name": "web", "uid": "4711", "controller": True}
    make(server, ownerReferences=[owner])

    assert read(server).owner == Owner(kind="Shop", name="web", uid="4711", api_version="acme.dev/v1")


def test_note_and_scale_are_one_change_and_so_is_giving_back(server: Server) -> None:
    make(server)

    scaled = scale(server)
    change = replicas.give_back(scaled)

    assert (scaled.replicas, scaled.labels[SCALED_BY], scaled.annotations[REPLICAS]) == (0, "r1", "2")
    patches = server.books.calls(api="kubernetes", verb="patch", resource="deployments")
    assert [each.body["spec"] for each in patches if each.status < 300] == [{"replicas": 0}]
    assert change
    back = give_back(server)
    assert (back.replicas, SCALED_BY in back.labels, REPLICAS in back.annotations) == (2, False, False)


def give_back(server: Server) -> Deployment:
    while True:
        found = read(server)
        change = replicas.give_back(found)
        assert change
        try:
            return server.cluster.deployments.change(found, change)
        except Conflict:
            continue


def test_a_change_holds_only_against_what_was_read(server: Server) -> None:
    make(server)
    found = read(server)
    scale(server)

    with pytest.raises(Conflict):
        server.cluster.deployments.change(found, Scaling(replicas=7))
    server.delete("deployments", "ocr", "default")
    server.await_true(lambda: server.cluster.deployments.get("default", "ocr") is None)
    with pytest.raises(NotFound):
        server.cluster.deployments.change(found, Scaling(replicas=7))


def test_those_that_carry_our_label_are_found_in_every_namespace(server: Server) -> None:
    for name in ("one", "two", "three"):
        make(server, name)
    scale(server, "r1", "one")
    scale(server, "r2", "two")
    deployments = server.cluster.deployments

    assert [each.name for each in deployments.carrying(SCALED_BY, "r1", limit=5)] == ["one"]
    assert {each.name for each in deployments.carrying(SCALED_BY, limit=5)} == {"one", "two"}
    assert len(deployments.carrying(SCALED_BY, limit=1)) == 1


def test_its_pods_are_those_that_it_selects(server: Server) -> None:
    make(server)
    server.pod("stranger", labels={"app": "y"})

    server.await_true(lambda: len(server.cluster.deployments.pods(read(server))) == 2)

    assert {each.owner.kind for each in server.cluster.deployments.pods(read(server)) if each.owner} == {"ReplicaSet"}


EXPRESSIONS = [
    {"key": "app", "operator": "In", "values": ["x", "y"]},
    {"key": "tier", "operator": "NotIn", "values": ["web"]},
    {"key": "app", "operator": "Exists"},
    {"key": "gone", "operator": "DoesNotExist"},
]


def test_every_kind_of_selector_is_asked_for_as_the_server_takes_it(server: Server) -> None:
    spec = {"selector": {"matchExpressions": EXPRESSIONS}, "template": TEMPLATE, "replicas": 0}
    server.create("deployments", {"metadata": {"name": "ocr", "namespace": "default"}, "spec": spec})
    for name, labels in {"a": {"app": "x"}, "b": {"app": "x", "tier": "web"}, "c": {"app": "y", "gone": ""}}.items():
        server.pod(name, labels=labels)

    assert [each.name for each in server.cluster.deployments.pods(read(server)) if each.owner is None] == ["a"]


def test_what_scales_it_by_itself(server: Server) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "ocr"}
    owner = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "ocr", "uid": "u", "controller": True}
    metadata = {"name": "keda-hpa-ocr", "namespace": "default", "ownerReferences": [owner]}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3}
    make(server)
    server.create("horizontalpodautoscalers", {"metadata": metadata, "spec": spec})
    deployments = server.cluster.deployments

    (found,) = deployments.autoscalers("default")

    assert found == Autoscaler(
        namespace="default",
        name="keda-hpa-ocr",
        kind="Deployment",
        target="ocr",
        owner=Owner(kind="ScaledObject", name="ocr", uid="u", api_version="keda.sh/v1alpha1"),
    )
    assert found.scales(read(server))
    assert deployments.autoscalers("kube-system") == ()


def test_who_sets_its_replicas_is_known_by_name(server: Server) -> None:
    """By the real API server's books; ring 1 keeps none. Whoever scales it last by an ordinary write is it."""
    make(server)
    before = read(server).managers

    after = scale(server).managers

    assert Manager(name="repull") not in before
    assert after == ((Manager(name="repull"),) if before else ())
