"""Disruption budgets: what their controller counts, and when it can't."""

from typing import Any

import pytest

from tests.contract.kube.controllers.stage import LABELS, Stage, conditions
from tests.contract.kube.server import Object

_STRANGER = {
    "apiVersion": "example.com/v1",
    "kind": "Herd",
    "name": "herd",
    "uid": "11111111-2222-3333-4444-555555555555",
}


def _budget(stage: Stage, **spec: Any) -> None:
    body = {"metadata": {"name": "budget"}, "spec": {"selector": {"matchLabels": LABELS}, **spec}}
    stage.create("poddisruptionbudgets", body)


def _status(stage: Stage) -> Object:
    return dict(stage.get("poddisruptionbudgets", "budget")["status"])


def _allowed(stage: Stage) -> Object:
    return conditions(stage.get("poddisruptionbudgets", "budget")).get("DisruptionAllowed", {})


def _until(stage: Stage, **wanted: int) -> None:
    stage.until(lambda: wanted.items() <= _status(stage).items(), kubelets=True)


@pytest.mark.parametrize(
    "spec, allowed, desired",
    [
        pytest.param({"minAvailable": 3}, 1, 3, id="number available"),
        pytest.param({"minAvailable": "50%"}, 2, 2, id="percentage available"),
        pytest.param({"minAvailable": "60%"}, 1, 3, id="percentage available, rounded up"),
        pytest.param({"maxUnavailable": 1}, 1, 3, id="number unavailable"),
        pytest.param({"maxUnavailable": "30%"}, 2, 2, id="percentage unavailable, rounded up"),
        pytest.param({"maxUnavailable": 0}, 0, 4, id="none"),
        pytest.param({"maxUnavailable": 9}, 4, 0, id="more than there are"),
        pytest.param({"minAvailable": 4}, 0, 4, id="all"),
        pytest.param({"minAvailable": 9}, 0, 9, id="more than there can be"),
    ],
)
def test_budget_counts(stage: Stage, spec: Object, allowed: int, desired: int) -> None:
    stage.node()
    stage.workload("deployments", replicas=4)
    _budget(stage, **spec)
    stage.running(4)
    _until(
        stage,
        expectedPods=4,
        currentHealthy=4,
        desiredHealthy=desired,
        disruptionsAllowed=allowed,
        observedGeneration=1,
    )
    said = _allowed(stage)
    assert (said["status"], said["reason"]) == (
        ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
    )
    assert (said["observedGeneration"], said["message"]) == (1, "")
    assert "disruptedPods" not in _status(stage)


def test_percentage_is_of_what_was_asked_for_not_of_what_is_there(stage: Stage) -> None:
    stage.workload("deployments", replicas=4)  # no node is there to run them
    _budget(stage, maxUnavailable="50%")
    _until(stage, expectedPods=4, desiredHealthy=2, currentHealthy=0, disruptionsAllowed=0)


def test_pods_of_several_controllers_are_counted_together(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments", "one", replicas=2)
    stage.workload("statefulsets", "two", replicas=3, podManagementPolicy="Parallel")
    _budget(stage, maxUnavailable=1)
    _until(stage, expectedPods=5, desiredHealthy=4, currentHealthy=5, disruptionsAllowed=1)


def test_pod_that_nobody_owns_is_not_in_a_percentage(stage: Stage) -> None:
    stage.pod("alone", node=stage.node(), labels=LABELS)
    _budget(stage, maxUnavailable=1)
    _until(stage, expectedPods=0, desiredHealthy=0, currentHealthy=1, disruptionsAllowed=0)


def test_finished_pods_are_expected_too(stage: Stage) -> None:
    node = stage.node()
    for name in ("one", "two"):
        stage.pod(name, node=node, labels=LABELS)
        stage.report(name, "Running")
    _budget(stage, minAvailable=1)
    _until(stage, expectedPods=2, currentHealthy=2, disruptionsAllowed=1)
    stage.report("two", "Succeeded")
    _until(stage, expectedPods=2, currentHealthy=1, disruptionsAllowed=0)


@pytest.mark.parametrize("spec", [{"maxUnavailable": 1}, {"minAvailable": "50%"}])
def test_budget_over_daemons_can_not_be_counted(stage: Stage, spec: Object) -> None:
    stage.node()
    stage.workload("daemonsets")
    stage.running(1)
    _budget(stage, **spec)
    stage.until(lambda: _allowed(stage).get("reason") == "SyncFailed")
    assert _allowed(stage)["message"] == "daemonsets.apps does not implement the scale subresource"
    assert _allowed(stage)["status"] == "False"
    assert (_status(stage)["disruptionsAllowed"], _status(stage).get("observedGeneration")) == (0, None)


def test_number_over_daemons_can(stage: Stage) -> None:
    stage.node()
    stage.workload("daemonsets")
    stage.running(1)
    _budget(stage, minAvailable=0)
    _until(stage, expectedPods=1, desiredHealthy=0, currentHealthy=1, disruptionsAllowed=1)


def test_budget_over_strangers_can_not_be_counted(stage: Stage) -> None:
    body = {"metadata": {"name": "web", "labels": LABELS, "ownerReferences": [{**_STRANGER, "controller": True}]}}
    stage.create(
        "pods", {**body, "spec": {"containers": [{"name": "app", "image": "app:v1"}], "schedulerName": "none"}}
    )
    _budget(stage, maxUnavailable=1)
    stage.until(lambda: _allowed(stage).get("reason") == "SyncFailed")
    assert _allowed(stage)["message"] == 'no matches for kind "Herd" in version "example.com/v1"'


def test_eviction_is_given_back_when_the_replacement_is_ready(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments")
    _budget(stage, maxUnavailable=1)
    pod = stage.running(2)[0]["metadata"]["name"]
    _until(stage, disruptionsAllowed=1)
    stage.evict(pod)
    stage.until(lambda: _status(stage)["disruptionsAllowed"] == 0)
    _until(stage, disruptionsAllowed=1, currentHealthy=2)
    assert "disruptedPods" not in _status(stage)


def test_another_spec_is_another_generation(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments")
    _budget(stage, maxUnavailable=1)
    stage.running(2)
    _until(stage, observedGeneration=1, disruptionsAllowed=1)
    stage.patch("poddisruptionbudgets", "budget", {"spec": {"maxUnavailable": 2}})
    _until(stage, observedGeneration=2, disruptionsAllowed=2)
