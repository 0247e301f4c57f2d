"""The scheduler's decisions, as tables."""

from typing import Any

import pytest

from sandbox.controllers.scheduler import explain, preference, why_not

Object = dict[str, Any]

TAINT = {"key": "repull.dev/stale", "effect": "NoSchedule"}
CORDON_TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def node(name: str = "node-1", *, cpu: str = "2", pods: str = "10", **spec: Any) -> Object:
    allocatable = {"cpu": cpu, "memory": "4Gi", "pods": pods}
    return {"metadata": {"name": name, "labels": {"zone": "a"}}, "spec": spec, "status": {"allocatable": allocatable}}


def pod(cpu: str = "500m", *, owner: str = "", **spec: Any) -> Object:
    references = [{"uid": owner, "controller": True}] if owner else []
    container = {"name": "app", "resources": {"requests": {"cpu": cpu}}}
    return {"metadata": {"name": "pod", "ownerReferences": references}, "spec": {"containers": [container], **spec}}


@pytest.mark.parametrize(
    "candidate, place, wanted",
    [
        pytest.param(pod(), node(), (), id="fits"),
        pytest.param(
            pod(), node(unschedulable=True, taints=[CORDON_TAINT]), ("node(s) were unschedulable",), id="cordon"
        ),
        pytest.param(
            pod(tolerations=[{"operator": "Exists"}]),
            node(unschedulable=True, taints=[CORDON_TAINT]),
            (),
            id="tolerated cordon",
        ),
        pytest.param(pod(), node(taints=[TAINT]), ("node(s) had untolerated taint(s)",), id="taint"),
        pytest.param(
            pod(), node(taints=[{**TAINT, "effect": "PreferNoSchedule"}]), (), id="a taint that only discourages"
        ),
        pytest.param(
            pod(nodeSelector={"zone": "b"}),
            node(),
            ("node(s) didn't match Pod's node affinity/selector",),
            id="selector",
        ),
        pytest.param(pod("3"), node(), ("Insufficient cpu",), id="cpu"),
        pytest.param(pod("3"), node(pods="0"), ("Too many pods", "Insufficient cpu"), id="all shortages are named"),
    ],
)
def test_why_a_pod_does_not_go_to_a_node(candidate: Object, place: Object, wanted: tuple[str, ...]) -> None:
    assert why_not(candidate, place, ()) == wanted


def test_what_runs_there_counts() -> None:
    assert why_not(pod("1"), node(), [pod("1")]) == ()
    assert why_not(pod("1"), node(), [pod("1"), pod("1m")]) == ("Insufficient cpu",)
    assert why_not(pod("0"), node(), [pod("2")]) == ()


def test_the_sentence_counts_nodes_by_reason_in_the_order_of_the_words() -> None:
    reasons = [("node(s) were unschedulable",), ("Insufficient cpu",), ("node(s) were unschedulable",)]
    assert explain(reasons) == (
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. no new claims to deallocate, "
        "preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling."
    )


def test_siblings_are_kept_apart_before_pods_are_counted() -> None:
    tenants = {"node-1": [pod(owner="me")], "node-2": [pod(owner="other"), pod(owner="other")]}
    places = [node("node-1"), node("node-2")]
    best = min(places, key=lambda place: preference(pod(owner="me"), place, tenants[place["metadata"]["name"]]))
    assert best["metadata"]["name"] == "node-2"


def test_an_unwelcome_taint_weighs_most() -> None:
    discouraged = node("node-1", taints=[{**TAINT, "effect": "PreferNoSchedule"}])
    assert preference(pod(), node("node-2"), [pod()] * 5) < preference(pod(), discouraged, ())
