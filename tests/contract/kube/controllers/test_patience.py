"""What happens only after most of a minute: the nodes and the pod are made first, and waited for together."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.contract.kube.controllers.stage import Stage, conditions, is_ready, taints
from tests.contract.kube.server import Object, Server, fresh

_LONG = 150  # seconds
pytestmark = pytest.mark.timeout(2 * _LONG)


@pytest.fixture(scope="module")
def quiet(on_ring: Server) -> Iterator[Stage]:
    """A node that falls silent, one that never spoke, and a pod whose node is gone."""
    raw, namespace = on_ring.raw, fresh("quiet")
    raw.post("/api/v1/namespaces", json={"metadata": {"name": namespace}})
    stage = Stage(raw=raw, namespace=namespace)
    stage.until(lambda: stage.find("serviceaccounts", "default") is not None)
    silent, gone = stage.node(), stage.node()
    stage.pod("left", node=silent)
    stage.pod("orphan", node=gone)
    for name in ("left", "orphan"):
        stage.report(name, "Running")
    stage.delete("nodes", gone)
    stage.nodes.append(f"mute-{namespace}")
    stage.create("nodes", {"metadata": {"name": stage.nodes[-1]}})
    yield stage
    raw.request("DELETE", stage.path("pods"), json={"gracePeriodSeconds": 0})
    for node in stage.nodes:
        raw.delete(stage.path("nodes", node))
    raw.delete(f"/api/v1/namespaces/{namespace}")


def _conditions_when_unknown(stage: Stage, node: str) -> dict[str, Object]:
    stage.until(lambda: conditions(stage.get("nodes", node)).get("Ready", {}).get("status") == "Unknown", within=_LONG)
    return conditions(stage.get("nodes", node))


def test_silent_node_is_unknown_and_its_pods_are_not_ready(quiet: Stage) -> None:
    silent = quiet.nodes[0]
    said = _conditions_when_unknown(quiet, silent)
    heard = conditions(quiet.get("nodes", silent))["Ready"]["lastHeartbeatTime"]
    assert said["Ready"]["reason"] == "NodeStatusUnknown"
    assert said["Ready"]["message"] == "Kubelet stopped posting node status."
    silence = datetime.fromisoformat(said["Ready"]["lastTransitionTime"]) - datetime.fromisoformat(heard)
    assert 49 <= silence.total_seconds() < _LONG
    assert {said[kind]["reason"] for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")} == {
        "NodeStatusNeverUpdated"
    }
    quiet.until(lambda: not is_ready(quiet.get("pods", "left")))
    assert quiet.get("pods", "left")["status"]["phase"] == "Running"
    quiet.until(
        lambda: "unreachable" in {taint["key"].partition("/")[2] for taint in taints(quiet.get("nodes", silent))}
    )
    quiet.until(lambda: bool(quiet.list("events", fieldSelector="involvedObject.name=left,reason=NodeNotReady")))


def test_pod_whose_node_is_gone_fails_and_goes(quiet: Stage) -> None:
    quiet.until(lambda: quiet.find("pods", "orphan") is None, within=_LONG)


def test_node_that_never_spoke_is_unknown_after_its_time_to_start(quiet: Stage) -> None:
    mute = quiet.nodes[-1]
    said = _conditions_when_unknown(quiet, mute)
    assert {each["reason"] for each in said.values()} == {"NodeStatusNeverUpdated"}
    assert {each["message"] for each in said.values()} == {"Kubelet never posted node status."}
    assert set(said) == {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"}
    born = datetime.fromisoformat(quiet.get("nodes", mute)["metadata"]["creationTimestamp"])
    silence = datetime.fromisoformat(said["Ready"]["lastTransitionTime"]) - born
    assert 59 <= silence.total_seconds() < _LONG
