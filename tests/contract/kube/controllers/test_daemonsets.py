"""DaemonSets: a pod on every node that it fits, cordoned or not."""

from tests.contract.kube.controllers.stage import Stage, names, owner
from tests.contract.kube.server import Object

_PRESSURES = ("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")


def _status(stage: Stage) -> Object:
    return dict(stage.get("daemonsets", "web").get("status") or {})


def _where(pods: list[Object]) -> list[str]:
    return sorted(pod["spec"].get("nodeName", "") for pod in pods)


def _taint(effect: str) -> Object:
    return {"spec": {"taints": [{"key": "example.com/kept-off", "effect": effect}]}}


def test_every_node_has_one_and_a_cordon_keeps_none_off(stage: Stage) -> None:
    nodes = [stage.node(), stage.node(unschedulable=True)]
    stage.workload("daemonsets")
    pods = stage.running(2)
    assert _where(pods) == sorted(nodes)
    assert {owner(pod) for pod in pods} == {("DaemonSet", "web", True)}
    nodes.append(stage.node())
    assert _where(stage.running(3)) == sorted(nodes)
    counts = {"desiredNumberScheduled": 3, "currentNumberScheduled": 3, "numberReady": 3, "numberMisscheduled": 0}
    wanted = {**counts, "numberAvailable": 3, "updatedNumberScheduled": 3, "observedGeneration": 1}
    stage.until(lambda: wanted.items() <= _status(stage).items())
    assert "numberUnavailable" not in _status(stage)


def test_daemon_tolerates_what_ails_a_node_for_ever(stage: Stage) -> None:
    node = stage.node()
    stage.workload("daemonsets")
    (pod,) = stage.running(1)
    assert set(pod["metadata"]["labels"]) == {"app", "controller-revision-hash", "pod-template-generation"}
    wanted = [{"key": f"node.kubernetes.io/{key}", "effect": "NoSchedule"} for key in _PRESSURES]
    wanted += [{"key": f"node.kubernetes.io/{key}", "effect": "NoExecute"} for key in ("not-ready", "unreachable")]
    tolerated = sorted(pod["spec"]["tolerations"], key=lambda each: str((each["effect"], each["key"])))
    assert tolerated == sorted(
        ({**each, "operator": "Exists"} for each in wanted), key=lambda each: str((each["effect"], each["key"]))
    )
    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    here = {"key": "metadata.name", "operator": "In", "values": [node]}
    assert required == {"nodeSelectorTerms": [{"matchFields": [here]}]}


def test_evicted_daemon_comes_back_to_its_cordoned_node(stage: Stage) -> None:
    node = stage.node(unschedulable=True)
    stage.workload("daemonsets")
    (before,) = stage.running(1)
    stage.evict(before["metadata"]["name"])
    (after,) = stage.running(1)
    assert (after["spec"]["nodeName"], names([after]) == names([before])) == (node, False)


def test_failed_daemon_is_replaced(stage: Stage) -> None:
    stage.node()
    stage.workload("daemonsets")
    (before,) = stage.running(1)
    stage.report(before["metadata"]["name"], "Failed")
    stage.until(lambda: bool(stage.pods()) and not names(stage.pods()) & names([before]), kubelets=True)


def test_taint_keeps_new_daemons_off_and_leaves_those_that_run(stage: Stage) -> None:
    node = stage.node()
    stage.workload("daemonsets")
    (before,) = stage.running(1)
    stage.patch("nodes", node, _taint("NoSchedule"))
    stage.patch("daemonsets", "web", {"metadata": {"annotations": {"looked-at": "again"}}})  # the taint is no reason to
    wanted = {"desiredNumberScheduled": 0, "numberMisscheduled": 1}
    stage.until(lambda: wanted.items() <= _status(stage).items())
    assert names(stage.pods()) == names([before])
    stage.evict(before["metadata"]["name"])
    stage.until(lambda: not stage.list("pods") and _status(stage)["numberMisscheduled"] == 0, kubelets=True)


def test_no_execute_taint_drives_a_daemon_out(stage: Stage) -> None:
    node = stage.node()
    stage.workload("daemonsets")
    stage.running(1)
    stage.patch("nodes", node, _taint("NoExecute"))
    stage.until(lambda: not stage.list("pods"), kubelets=True)


def test_daemon_keeps_to_its_node_selector(stage: Stage) -> None:
    stage.node()
    node = stage.node(labels={"gpu": "yes"})
    stage.workload("daemonsets", template=stage.template(nodeSelector={"stage": stage.namespace, "gpu": "yes"}))
    assert _where(stage.running(1)) == [node]
