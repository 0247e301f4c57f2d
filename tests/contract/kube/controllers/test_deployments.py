"""Deployments and their ReplicaSets: as many pods as were asked for, and a roll-out that keeps its promise."""

from typing import Any

import pytest

from tests.contract.kube.controllers.stage import Stage, conditions, is_ready, names, owner
from tests.contract.kube.server import Object

_NEXT: Object = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "registry.example/app:v2"}]}}}}


def _status(stage: Stage, resource: str = "deployments", name: str = "web") -> Object:
    return dict(stage.get(resource, name).get("status") or {})


def _says(stage: Stage, **wanted: Any) -> bool:
    status = _status(stage)
    return all(status.get(key) == value for key, value in wanted.items())


def test_deployment_owns_a_replica_set_that_owns_pods(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments")
    pods = stage.running(2)
    (replicas,) = stage.list("replicasets")
    assert owner(replicas) == ("Deployment", "web", True)
    name, hash_ = replicas["metadata"]["name"], replicas["metadata"]["labels"]["pod-template-hash"]
    assert name == f"web-{hash_}"
    assert replicas["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    for pod in pods:
        assert owner(pod) == ("ReplicaSet", name, True)
        assert pod["metadata"]["labels"] == {"app": "web", "pod-template-hash": hash_}
        assert pod["metadata"]["generateName"] == f"{name}-"
        assert pod["metadata"]["name"].startswith(f"{name}-")


def test_status_counts_and_says_whether_that_is_enough(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments", replicas=4)
    stage.until(lambda: conditions(stage.get("deployments", "web")).get("Available", {}).get("status") == "False")
    short = conditions(stage.get("deployments", "web"))["Available"]
    assert short["reason"] == "MinimumReplicasUnavailable"
    assert short["message"] == "Deployment does not have minimum availability."
    stage.running(4)
    counted = {"replicas": 4, "updatedReplicas": 4, "readyReplicas": 4, "availableReplicas": 4}
    stage.until(lambda: _says(stage, observedGeneration=1, unavailableReplicas=None, **counted))
    stage.until(lambda: _progress(stage)["reason"] == "NewReplicaSetAvailable")
    (replicas,) = stage.list("replicasets")
    assert _progress(stage)["message"] == f'ReplicaSet "{replicas["metadata"]["name"]}" has successfully progressed.'
    enough = conditions(stage.get("deployments", "web"))["Available"]
    assert (enough["status"], enough["reason"]) == ("True", "MinimumReplicasAvailable")
    assert enough["message"] == "Deployment has minimum availability."


def _progress(stage: Stage) -> Object:
    return conditions(stage.get("deployments", "web"))["Progressing"]


def test_evicted_pod_is_replaced_under_another_name(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments")
    before = stage.running(2)
    gone = before[0]["metadata"]["name"]
    stage.evict(gone)
    stage.until(lambda: len(names(stage.pods()) - names(before)) == 1)
    assert gone in names(stage.list("pods"))  # nobody has ended it yet
    assert gone not in names(stage.running(2))


def test_failed_pod_is_replaced_and_stays_to_be_looked_at(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments")
    before = stage.running(2)
    failed = before[0]["metadata"]["name"]
    stage.report(failed, "Failed")
    stage.until(lambda: len(stage.list("pods")) == 3)
    assert failed in names(stage.list("pods"))


def test_roll_out_is_never_short_and_never_crowded(stage: Stage) -> None:
    """25 % of four may be missing, and as many may be too many."""
    stage.node()
    stage.workload("deployments", replicas=4)
    before = names(stage.running(4))
    stage.patch("deployments", "web", _NEXT)

    def rolled() -> bool:
        assert sum(map(is_ready, stage.pods())) >= 3
        # A set may be given its new pods before the other one has ended its own: they are no more for that moment.
        assert sum(each["spec"]["replicas"] for each in stage.list("replicasets")) <= 5
        pods = stage.pods()
        return len(pods) == 4 and not before & names(pods) and all(map(is_ready, pods))

    stage.until(rolled, kubelets=True)
    sets = {
        each["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: each for each in stage.list("replicasets")
    }
    stage.until(lambda: _says(stage, replicas=4, updatedReplicas=4, readyReplicas=4, observedGeneration=2))
    assert [sets[revision]["spec"]["replicas"] for revision in ("1", "2")] == [0, 4]


def test_stuck_roll_out_leaves_what_runs(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments", replicas=4)
    before = names(stage.running(4))
    stage.patch("deployments", "web", _NEXT)

    def stuck() -> bool:
        pods = stage.pods()
        return len(pods) == 5 and len(before & names(pods)) == 3

    stage.until(stuck)  # one old pod was let go, two new ones wait
    stage.until(lambda: _says(stage, updatedReplicas=2, readyReplicas=3, unavailableReplicas=2))


def test_recreate_waits_until_the_old_pods_have_left(stage: Stage) -> None:
    stage.node()
    stage.workload("deployments", strategy={"type": "Recreate"})
    before = names(stage.running(2))
    stage.patch("deployments", "web", _NEXT)
    stage.until(lambda: not stage.pods())
    assert names(stage.list("pods")) == before  # they are on their way out, and nothing new is there
    assert not before & names(stage.running(2))


def test_fewer_replicas_cost_the_pods_that_are_not_ready(stage: Stage) -> None:
    stage.node()
    stage.workload("replicasets", replicas=3)
    pods = stage.running(3)
    stage.report(pods[1]["metadata"]["name"], "Running", ready=False)
    stage.until(lambda: _status(stage, "replicasets").get("readyReplicas") == 2)
    stage.patch("replicasets", "web", {"spec": {"replicas": 2}})
    kept = names(pods) - {pods[1]["metadata"]["name"]}
    stage.until(lambda: names(stage.pods()) == kept)


def test_replica_set_counts(stage: Stage) -> None:
    stage.node()
    stage.workload("replicasets", replicas=2)
    stage.running(2)
    wanted = {"replicas": 2, "fullyLabeledReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    stage.until(lambda: wanted.items() <= _status(stage, "replicasets").items())
    assert _status(stage, "replicasets")["observedGeneration"] == 1


@pytest.mark.parametrize("resource, event", [("deployments", "ScalingReplicaSet"), ("replicasets", "SuccessfulCreate")])
def test_what_was_done_is_told(stage: Stage, resource: str, event: str) -> None:
    stage.node()
    stage.workload(resource, replicas=1)
    stage.running(1)
    stage.until(lambda: bool(stage.list("events", fieldSelector=f"reason={event}")))
    (told,) = stage.list("events", fieldSelector=f"reason={event}")
    assert (told["type"], told["involvedObject"]["name"]) == ("Normal", "web")
    (made,) = stage.list("replicasets") if resource == "deployments" else stage.list("pods")
    name = made["metadata"]["name"]
    words = {
        "ScalingReplicaSet": f"Scaled up replica set {name} from 0 to 1",
        "SuccessfulCreate": f"Created pod: {name}",
    }
    assert told["message"] == words[event]
