"""StatefulSets: pods with names of their own, one after the other."""

from tests.contract.kube.controllers.stage import Stage, is_ready, names, owner
from tests.contract.kube.server import Object

_PARALLEL = {"podManagementPolicy": "Parallel"}


def _uid(stage: Stage, pod: str) -> str:
    return str((stage.find("pods", pod) or {"metadata": {"uid": ""}})["metadata"]["uid"])


def _status(stage: Stage) -> Object:
    return dict(stage.get("statefulsets", "web")["status"])


def test_pods_are_numbered_and_labelled(stage: Stage) -> None:
    stage.node()
    stage.workload("statefulsets", serviceName="web")
    pods = stage.running(2)
    assert names(pods) == {"web-0", "web-1"}
    for number, pod in enumerate(sorted(pods, key=lambda each: str(each["metadata"]["name"]))):
        labels = pod["metadata"]["labels"]
        assert owner(pod) == ("StatefulSet", "web", True)
        assert labels["statefulset.kubernetes.io/pod-name"] == pod["spec"]["hostname"] == f"web-{number}"
        assert labels["apps.kubernetes.io/pod-index"] == str(number)
        assert labels["controller-revision-hash"].startswith("web-")


def test_next_waits_for_the_one_before(stage: Stage) -> None:
    stage.node()
    stage.workload("statefulsets")
    stage.until(lambda: names(stage.list("pods")) == {"web-0"})
    stage.report("web-0", "Running", ready=False)
    stage.until(lambda: _status(stage)["replicas"] == 1)
    assert names(stage.list("pods")) == {"web-0"}
    stage.report("web-0", "Running")
    stage.until(lambda: names(stage.list("pods")) == {"web-0", "web-1"})


def test_parallel_ones_do_not_wait(stage: Stage) -> None:
    stage.node()
    stage.workload("statefulsets", replicas=3, **_PARALLEL)
    stage.until(lambda: names(stage.list("pods")) == {"web-0", "web-1", "web-2"})


def test_evicted_pod_comes_back_under_its_name_when_it_is_gone(stage: Stage) -> None:
    stage.node()
    stage.workload("statefulsets", **_PARALLEL)
    stage.running(2)
    before = _uid(stage, "web-0")
    stage.evict("web-0")
    stage.until(lambda: _status(stage).get("updatedReplicas") == 1)
    assert (_status(stage)["replicas"], _status(stage)["readyReplicas"]) == (2, 2)  # it has not gone yet
    assert _uid(stage, "web-0") == before
    stage.until(
        lambda: _uid(stage, "web-0") not in {before, ""} and is_ready(stage.get("pods", "web-0")), kubelets=True
    )


def test_failed_pod_is_replaced_under_its_name(stage: Stage) -> None:
    stage.node()
    stage.workload("statefulsets", **_PARALLEL)
    stage.running(2)
    before = _uid(stage, "web-1")
    stage.report("web-1", "Failed")
    stage.until(lambda: _uid(stage, "web-1") not in {before, ""}, kubelets=True)


def test_shrinks_from_the_top(stage: Stage) -> None:
    stage.node()
    stage.workload("statefulsets", replicas=3, **_PARALLEL)
    stage.running(3)
    stage.patch("statefulsets", "web", {"spec": {"replicas": 1}})
    stage.until(lambda: names(stage.list("pods")) == {"web-0"}, kubelets=True)


def test_status_counts(stage: Stage) -> None:
    stage.node()
    stage.workload("statefulsets", **_PARALLEL)
    stage.running(2)
    wanted = {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 2, "observedGeneration": 1}
    stage.until(lambda: wanted.items() <= _status(stage).items())
