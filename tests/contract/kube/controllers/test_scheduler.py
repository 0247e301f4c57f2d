"""The scheduler: where a pod may go, and in which words it says that it may go nowhere."""

from typing import Any

import pytest

from tests.contract.kube.controllers.stage import Stage, conditions, taints
from tests.contract.kube.server import Object

_TAINT = {"key": "example.com/kept", "value": "off", "effect": "NoSchedule"}
_TOLERATION = {"key": "example.com/kept", "operator": "Exists"}


def _node_of(stage: Stage, pod: str = "web") -> str:
    return str(stage.get("pods", pod)["spec"].get("nodeName", ""))


def _needing(cpu: str) -> Object:
    container = {"name": "app", "image": "registry.example/app:v1", "resources": {"requests": {"cpu": cpu}}}
    return {"containers": [container]}


def _refusal(stage: Stage, words: str, pod: str = "web") -> str:
    """What the scheduler says about it, once it says this: it may first have to hear of a node's latest state."""

    def said() -> Object:
        return conditions(stage.get("pods", pod)).get("PodScheduled", {})

    stage.until(lambda: words in said().get("message", ""))
    assert (said()["status"], said()["reason"]) == ("False", "Unschedulable")
    return str(said()["message"])


def test_pod_is_bound_and_it_is_told(stage: Stage) -> None:
    node = stage.node()
    stage.pod("web")
    stage.until(lambda: _node_of(stage) == node)
    assert conditions(stage.get("pods", "web"))["PodScheduled"]["status"] == "True"
    stage.until(lambda: bool(stage.list("events", fieldSelector="reason=Scheduled")))
    (told,) = stage.list("events", fieldSelector="reason=Scheduled")
    assert told["message"] == f"Successfully assigned {stage.namespace}/web to {node}"


@pytest.mark.parametrize(
    "node, pod, says",
    [
        pytest.param({"unschedulable": True}, {}, "node(s) were unschedulable", id="cordon"),
        pytest.param({"taints": [_TAINT]}, {}, "node(s) had untolerated taint(s)", id="taint"),
        pytest.param({"cpu": "1"}, _needing("2"), "Insufficient cpu", id="cpu"),
        pytest.param({"pods": "0"}, {}, "Too many pods", id="pods"),
        pytest.param({"ready": False}, {}, "node(s) had untolerated taint(s)", id="not ready"),
        pytest.param(
            {}, {"nodeSelector": {"gpu": "yes"}}, "node(s) didn't match Pod's node affinity/selector", id="labels"
        ),
    ],
)
def test_pod_that_fits_nowhere_is_told_why(stage: Stage, node: Object, pod: Object, says: str) -> None:
    stage.node(**node)
    stage.pod("web", **pod)
    total = len(stage.list("nodes"))
    said = _refusal(stage, f"{total if 'selector' in says else 1} {says}")
    assert said.startswith(f"0/{total} nodes are available: ")
    assert " preemption: 0/" in said
    stage.until(lambda: bool(stage.list("events", fieldSelector="reason=FailedScheduling")))


@pytest.mark.parametrize(
    "node, pod",
    [
        pytest.param({"taints": [_TAINT]}, {"tolerations": [_TOLERATION]}, id="taint"),
        pytest.param({"unschedulable": True}, {"tolerations": [{"operator": "Exists"}]}, id="cordon"),
        pytest.param({"cpu": "2"}, _needing("2"), id="cpu"),
        pytest.param({"labels": {"gpu": "yes"}}, {"nodeSelector": {"gpu": "yes"}}, id="labels"),
    ],
)
def test_pod_that_fits_goes_there(stage: Stage, node: Object, pod: Object) -> None:
    here = {"nodeSelector": {"stage": stage.namespace, **pod.pop("nodeSelector", {})}}
    name = stage.node(**node)
    stage.pod("web", **{**pod, **here})
    stage.until(lambda: _node_of(stage) == name)


def test_room_is_counted_by_requests(stage: Stage) -> None:
    stage.node(cpu="3")
    for name in ("one", "two"):
        stage.pod(name, **_needing("2"))
    stage.until(lambda: sorted(map(bool, (_node_of(stage, "one"), _node_of(stage, "two")))) == [False, True])
    waiting, placed = sorted(("one", "two"), key=lambda each: _node_of(stage, each))
    _refusal(stage, "1 Insufficient cpu", waiting)
    stage.report(placed, "Succeeded")
    stage.until(lambda: bool(_node_of(stage, waiting)), within=60)


def test_waiting_pod_is_tried_again_when_the_cordon_goes(stage: Stage) -> None:
    node = stage.node(unschedulable=True)
    stage.pod("web")
    _refusal(stage, "1 node(s) were unschedulable")
    stage.patch("nodes", node, {"spec": {"unschedulable": None}})
    stage.until(lambda: _node_of(stage) == node, within=60)


def test_node_with_fewer_pods_is_preferred(stage: Stage) -> None:
    crowded, empty = stage.node(), stage.node()
    for number in range(4):
        stage.pod(f"there-{number}", node=crowded, **_needing("1"))
    stage.pod("web", **_needing("1"))
    stage.until(lambda: _node_of(stage) == empty)


def test_taint_that_only_prefers_is_avoided_where_it_can_be(stage: Stage) -> None:
    taint: Any = {"key": "example.com/kept", "effect": "PreferNoSchedule"}
    avoided, free = stage.node(taints=[taint]), stage.node()
    stage.pod("web")
    stage.until(lambda: _node_of(stage) == free)
    stage.patch("nodes", free, {"spec": {"unschedulable": True}})
    stage.until(lambda: any("unschedulable" in each["key"] for each in taints(stage.get("nodes", free))))
    stage.pod("next")
    stage.until(lambda: _node_of(stage, "next") == avoided)


def test_pods_of_other_schedulers_are_not_touched(stage: Stage) -> None:
    stage.node()
    stage.pod("foreign", schedulerName="somebody-else")
    stage.pod("web")
    stage.until(lambda: bool(_node_of(stage)))
    assert not _node_of(stage, "foreign")
    assert not conditions(stage.get("pods", "foreign"))
