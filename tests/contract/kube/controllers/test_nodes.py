"""Node lifecycle: what a node's conditions and its cordon become, and whom a taint drives out.

Where no node is Ready nobody is driven out, so tests have a node that is well beside the one they are about.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.kube.controllers.stage import Stage, conditions, is_ready, taints
from tests.contract.kube.server import PATIENCE, Object

_KEY = "node.kubernetes.io"


def _tainted(stage: Stage, node: str) -> set[tuple[str, str]]:
    return {(taint["key"].partition("/")[2], taint["effect"]) for taint in taints(stage.get("nodes", node))}


def _drive_out(stage: Stage, node: str) -> None:
    stage.patch("nodes", node, {"spec": {"taints": [{"key": "example.com/out", "effect": "NoExecute"}]}})


def _tolerating(seconds: int | None) -> Object:
    bounded = {} if seconds is None else {"tolerationSeconds": seconds}
    return {"tolerations": [{"key": "example.com/out", "operator": "Exists", "effect": "NoExecute", **bounded}]}


@pytest.mark.parametrize(
    "said, wanted",
    [
        ({"Ready": "False"}, {("not-ready", "NoSchedule"), ("not-ready", "NoExecute")}),
        ({"Ready": "Unknown"}, {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}),
        ({"Ready": "True"}, set()),
        ({"MemoryPressure": "True"}, {("memory-pressure", "NoSchedule")}),
        ({"DiskPressure": "True"}, {("disk-pressure", "NoSchedule")}),
        ({"PIDPressure": "True"}, {("pid-pressure", "NoSchedule")}),
        ({"NetworkUnavailable": "True"}, {("network-unavailable", "NoSchedule")}),
        ({"MemoryPressure": "Unknown", "DiskPressure": "False"}, set()),
    ],
)
def test_conditions_become_taints_and_go_with_them(
    stage: Stage, said: dict[str, str], wanted: set[tuple[str, str]]
) -> None:
    _, node = stage.node(), stage.node()
    stage.say(node, **said)
    stage.until(lambda: _tainted(stage, node) == wanted)
    assert all(taint["timeAdded"] for taint in taints(stage.get("nodes", node)))
    stage.say(node, **{"Ready": "True", **{kind: "False" for kind in said if kind != "Ready"}})
    stage.until(lambda: not _tainted(stage, node))


def test_unreachable_takes_the_place_of_not_ready(stage: Stage) -> None:
    _, node = stage.node(), stage.node(ready=False)
    stage.until(lambda: ("not-ready", "NoExecute") in _tainted(stage, node))
    stage.say(node, Ready="Unknown")
    stage.until(lambda: _tainted(stage, node) == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")})


def test_nobody_is_driven_out_where_no_node_is_ready(stage: Stage) -> None:
    """That all of them ail at once is more likely a fault of those who look than of the nodes."""
    one, two = stage.node(), stage.node()
    stage.say(one, Ready="False")
    stage.until(lambda: ("not-ready", "NoExecute") in _tainted(stage, one))
    stage.say(two, Ready="False")
    stage.until(lambda: _tainted(stage, one) == _tainted(stage, two) == {("not-ready", "NoSchedule")})


def test_node_that_has_said_nothing_is_not_tainted(stage: Stage) -> None:
    """Until its time to start is over."""
    name = "silent-" + stage.namespace
    stage.nodes.append(name)
    stage.create("nodes", {"metadata": {"name": name}})
    stage.until(lambda: not _tainted(stage, name))


def test_cordon_is_a_taint_with_its_time(stage: Stage) -> None:
    node = stage.node()
    stage.patch("nodes", node, {"spec": {"unschedulable": True}})
    stage.until(lambda: _tainted(stage, node) == {("unschedulable", "NoSchedule")})
    (taint,) = taints(stage.get("nodes", node))
    age = datetime.now(UTC) - datetime.fromisoformat(taint["timeAdded"])
    assert 0 <= age.total_seconds() < 2 * PATIENCE
    stage.patch("nodes", node, {"spec": {"unschedulable": None}})
    stage.until(lambda: not _tainted(stage, node))


def test_taints_of_others_are_left_alone(stage: Stage) -> None:
    ours: Object = {"key": "repull.dev/renewing", "value": "run-1", "effect": "NoSchedule"}
    node = stage.node(taints=[ours])
    stage.say(node, Ready="False")
    stage.until(lambda: ("not-ready", "NoSchedule") in _tainted(stage, node))
    stage.say(node, Ready="True")
    stage.until(lambda: taints(stage.get("nodes", node)) == [ours])


def test_pods_of_a_node_that_says_it_is_not_ready_are_left_to_its_kubelet(stage: Stage) -> None:
    _, node = stage.node(), stage.node()
    stage.pod("web", node=node)
    stage.report("web", "Running")
    stage.say(node, Ready="False")
    stage.until(lambda: ("not-ready", "NoExecute") in _tainted(stage, node))
    assert is_ready(stage.get("pods", "web"))


def _pod(stage: Stage, **spec: Any) -> str:
    node = stage.node()
    stage.pod("web", node=node, **spec)
    stage.report("web", "Running")
    return node


def test_no_execute_taint_drives_out_at_once_and_says_why(stage: Stage) -> None:
    _drive_out(stage, _pod(stage))
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "web")["metadata"])
    said = conditions(stage.get("pods", "web"))["DisruptionTarget"]
    assert (said["status"], said["reason"]) == ("True", "DeletionByTaintManager")
    assert said["message"] == "Taint manager: deleting due to NoExecute taint"
    stage.until(lambda: bool(stage.list("events", fieldSelector="reason=TaintManagerEviction")))
    (told,) = stage.list("events", fieldSelector="reason=TaintManagerEviction")
    assert told["message"] == f"Marking for deletion Pod {stage.namespace}/web"


def test_pod_that_tolerates_it_stays(stage: Stage) -> None:
    node = _pod(stage, **_tolerating(None))
    stage.pod("other", node=node)
    _drive_out(stage, node)
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "other")["metadata"])
    assert "deletionTimestamp" not in stage.get("pods", "web")["metadata"]


def test_pod_that_tolerates_it_for_a_while_goes_then(stage: Stage) -> None:
    """Counted from when its controller saw it, whatever the taint says about when it was added."""
    node, begun = _pod(stage, **_tolerating(3)), datetime.now(UTC)
    long_ago = {"key": "example.com/out", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"}
    stage.patch("nodes", node, {"spec": {"taints": [long_ago]}})
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "web")["metadata"])
    assert (datetime.now(UTC) - begun).total_seconds() >= 3


def test_pod_is_not_driven_out_when_the_taint_goes_in_time(stage: Stage) -> None:
    """One that tolerates it for longer, on a node that keeps its taint, says when the time is over."""
    node, beside = _pod(stage, **_tolerating(15)), stage.node()
    stage.pod("at-once", node=node)
    stage.pod("witness", node=beside, **_tolerating(17))
    _drive_out(stage, node)
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "at-once")["metadata"])  # the taint was seen
    stage.patch("nodes", node, {"spec": {"taints": None}})
    _drive_out(stage, beside)
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "witness")["metadata"])
    assert "deletionTimestamp" not in stage.get("pods", "web")["metadata"]


def test_finished_pod_is_driven_out_too(stage: Stage) -> None:
    node = _pod(stage)
    stage.report("web", "Succeeded")
    _drive_out(stage, node)
    stage.until(lambda: stage.find("pods", "web") is None)


def test_every_pod_waits_five_minutes_for_a_node_that_ails(stage: Stage) -> None:
    tolerated = stage.pod("web")["spec"]["tolerations"]
    wanted = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    assert tolerated == [{"key": f"{_KEY}/{key}", **wanted} for key in ("not-ready", "unreachable")]
