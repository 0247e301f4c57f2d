"""Jobs: pods until so many have succeeded, or too many have failed; none is lost and none counted twice."""

from datetime import datetime
from typing import Any

from tests.contract.kube.controllers.stage import Stage, conditions, names, owner
from tests.contract.kube.server import Object

_TRACKING = "batch.kubernetes.io/job-tracking"


def _job(stage: Stage, **spec: Any) -> Object:
    template = stage.template(restartPolicy="Never")
    return stage.create("jobs", {"metadata": {"name": "once"}, "spec": {"template": template, **spec}})


def _status(stage: Stage) -> Object:
    return dict(stage.get("jobs", "once").get("status") or {})


def _end(stage: Stage, phase: str, *, count: int = 1) -> None:
    """So many of its pods run to that end."""
    for _ in range(count):
        stage.until(lambda: any(pod["status"]["phase"] == "Running" for pod in stage.pods()), kubelets=True)
        pod = next(pod for pod in stage.pods() if pod["status"]["phase"] == "Running")
        stage.report(pod["metadata"]["name"], phase)


def test_pods_are_held_until_they_are_counted(stage: Stage) -> None:
    stage.node()
    _job(stage)
    (pod,) = stage.running(1)
    assert owner(pod) == ("Job", "once", True)
    assert pod["metadata"]["finalizers"] == [_TRACKING]
    assert pod["metadata"]["generateName"] == "once-"
    assert pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "once"
    stage.until(lambda: (_status(stage).get("active"), _status(stage).get("ready")) == (1, 1))


def test_job_is_complete_when_enough_have_succeeded(stage: Stage) -> None:
    stage.node()
    _job(stage, completions=2)
    _end(stage, "Succeeded", count=2)
    stage.until(lambda: "Complete" in conditions(stage.get("jobs", "once")), kubelets=True)
    status = _status(stage)
    assert (status["succeeded"], status.get("active"), status.get("failed"), status["ready"]) == (2, None, None, 0)
    assert status["completionTime"]
    said = {kind: (each["status"], each["reason"]) for kind, each in conditions(stage.get("jobs", "once")).items()}
    assert said == dict.fromkeys(("SuccessCriteriaMet", "Complete"), ("True", "CompletionsReached"))
    stage.until(lambda: not any(pod["metadata"].get("finalizers") for pod in stage.list("pods")))
    assert [pod["status"]["phase"] for pod in stage.list("pods")] == ["Succeeded", "Succeeded"]


def test_job_has_failed_when_too_many_have(stage: Stage) -> None:
    stage.node()
    _job(stage, backoffLimit=0)
    _end(stage, "Failed")
    stage.until(lambda: "Failed" in conditions(stage.get("jobs", "once")))
    status = _status(stage)
    assert (status["failed"], status.get("succeeded"), status.get("active")) == (1, None, None)
    assert "completionTime" not in status
    said = {kind: (each["status"], each["reason"]) for kind, each in conditions(stage.get("jobs", "once")).items()}
    assert said == dict.fromkeys(("FailureTarget", "Failed"), ("True", "BackoffLimitExceeded"))
    assert conditions(stage.get("jobs", "once"))["Failed"]["message"] == "Job has reached the specified backoff limit"


def test_pod_that_failed_is_replaced_after_a_pause(stage: Stage) -> None:
    stage.node()
    _job(stage, backoffLimit=1)
    _end(stage, "Failed")
    stage.until(lambda: len(stage.list("pods")) == 2)
    first, second = sorted(datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) for pod in stage.list("pods"))
    assert (second - first).total_seconds() >= 10
    _end(stage, "Succeeded")
    stage.until(lambda: "Complete" in conditions(stage.get("jobs", "once")))
    assert (_status(stage)["failed"], _status(stage)["succeeded"]) == (1, 1)


def test_deleting_a_waiting_pod_counts_as_its_failure(stage: Stage) -> None:
    """Where nothing may fail, the job has failed for good."""
    stage.node()
    _job(stage, backoffLimit=0)
    stage.until(lambda: any("nodeName" in pod["spec"] for pod in stage.pods()))
    (pod,) = stage.pods()
    stage.delete("pods", pod["metadata"]["name"], gracePeriodSeconds=0)
    stage.until(lambda: "Failed" in conditions(stage.get("jobs", "once")), kubelets=True)
    assert _status(stage)["failed"] == 1
    stage.until(lambda: not stage.list("pods"), kubelets=True)


def test_pods_of_a_deleted_job_go_although_it_held_them(stage: Stage) -> None:
    stage.node()
    _job(stage)
    (pod,) = stage.running(1)
    stage.delete("jobs", "once", propagationPolicy="Background")
    stage.until(lambda: not names(stage.list("pods")) & names([pod]), kubelets=True)
