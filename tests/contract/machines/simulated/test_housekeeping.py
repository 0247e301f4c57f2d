"""Controllers that keep the cluster tidy: garbage, gone nodes, taints, accounts; and the scheduler's choice."""

from typing import Any

from sandbox.faults import Fault
from sandbox.timestamps import now
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.states import is_ready, phase

Object = dict[str, Any]

FOR_EVER = [{"operator": "Exists", "effect": "NoExecute"}]


async def gone(lab: Lab, name: str = "pod") -> None:
    async def missing() -> bool:
        return await lab.get("pods", name) is None

    await until(missing)


async def owned_pod(lab: Lab, owner: Object, **reference: Any) -> None:
    metadata = owner["metadata"]
    reference = {"name": metadata["name"], "uid": metadata["uid"], "controller": True, **reference}
    pod = {
        "metadata": {"name": "pod", "ownerReferences": [reference]},
        "spec": {"containers": [{"name": "app", "image": "busybox"}]},
    }
    await lab.create("pods", pod)


async def test_a_pod_goes_with_the_node_refresh_that_owns_it(lab: Lab) -> None:
    spec = {"cluster": "acme/us-central1/main", "method": "Reset"}
    refresh = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": "run"}, "spec": spec}
    owner = await lab.client.create("noderefreshes", refresh)
    await owned_pod(lab, owner, apiVersion="repull.dev/v1alpha1", kind="NodeRefresh")
    await lab.pod_when("pod", bool)
    await lab.client.delete("noderefreshes", "run")
    await gone(lab)


async def test_a_pod_whose_owner_never_was_is_garbage(lab: Lab) -> None:
    owner = {"metadata": {"name": "no-such", "uid": "00000000-0000-0000-0000-000000000000"}}
    await owned_pod(lab, owner, apiVersion="apps/v1", kind="ReplicaSet")
    await gone(lab)


async def test_a_pod_whose_owner_is_of_a_foreign_kind_stays(lab: Lab) -> None:
    owner = {"metadata": {"name": "no-such", "uid": "00000000-0000-0000-0000-000000000000"}}
    await owned_pod(lab, owner, apiVersion="example.com/v1", kind="Widget")
    await lab.machine()
    await lab.pod_when("pod", lambda pod: pod["spec"].get("nodeName"))


async def test_an_orphaned_replica_set_lives_on(lab: Lab) -> None:
    await lab.machine()
    container = {"name": "app", "image": "us-central1-docker.pkg.dev/acme/apps/ocr:v1"}
    template = {"metadata": {"labels": {"app": "ocr"}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"app": "ocr"}}, "template": template, "replicas": 1}
    await lab.create("deployments", {"metadata": {"name": "ocr"}, "spec": spec})
    await lab.running_pods(1)
    path = "/apis/apps/v1/namespaces/default/deployments/ocr"
    async with lab.client._http.delete(path, json={"propagationPolicy": "Orphan"}) as answer:
        answer.raise_for_status()

    async def deployment_gone() -> bool:
        return await lab.get("deployments", "ocr") is None

    await until(deployment_gone)
    (replicas,) = await lab.client.list("replicasets", lab.namespace)
    assert not replicas["metadata"].get("ownerReferences")
    await lab.running_pods(1)


async def test_foreground_deletion_ends_with_the_owner(lab: Lab) -> None:
    await lab.machine()
    container = {"name": "app", "image": "us-central1-docker.pkg.dev/acme/apps/ocr:v1"}
    template = {"metadata": {"labels": {"app": "ocr"}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"app": "ocr"}}, "template": template, "replicas": 2}
    await lab.create("replicasets", {"metadata": {"name": "ocr"}, "spec": spec})
    await lab.running_pods(2)
    path = "/apis/apps/v1/namespaces/default/replicasets/ocr"
    async with lab.client._http.delete(path, json={"propagationPolicy": "Foreground"}) as answer:
        answer.raise_for_status()

    async def owner_gone() -> bool:
        return await lab.get("replicasets", "ocr") is None

    await until(owner_gone)
    assert not await lab.pods()


async def test_a_pod_that_can_not_be_ended_keeps_no_other_from_its_end(lab: Lab) -> None:
    kept = {"finalizers": ["example.com/keep"]}
    containers = [{"name": "app", "image": "busybox"}]
    for name in ("first", "second"):
        spec = {"containers": containers, "nodeSelector": {"no": "where"}}
        await lab.create("pods", {"metadata": {"name": name, **kept}, "spec": spec})
    manager = "system:kube-controller-manager"
    lab.faults.add(Fault(user=manager, verb="patch", resource="pods/status", name="first", status=500, times=1000))
    for name in ("first", "second"):
        await lab.delete(name)
    await lab.pod_when("second", lambda pod: phase(pod) == "Failed")


async def test_pods_of_a_node_that_is_gone_go_too(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(tolerations=FOR_EVER)
    await lab.pod_when("pod", is_ready)
    await machine.power_off()
    await lab.client.delete("nodes", "node-1")
    await gone(lab)
    deletions = lab.books.calls(api="kubernetes", user="system:kube-controller-manager", verb="delete", resource="pods")
    assert [call.body["gracePeriodSeconds"] for call in deletions] == [0]


async def test_a_no_execute_taint_drives_pods_out_in_the_time_they_tolerate(lab: Lab) -> None:
    await lab.machine()
    patient = [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 600}]
    await lab.pod("at-once", nodeName="node-1")
    await lab.pod("later", nodeName="node-1", tolerations=patient)
    await lab.pod("never", nodeName="node-1", tolerations=FOR_EVER)
    await lab.running_pods(3)
    tainted = now()
    await lab.client.patch("nodes", "node-1", {"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}})
    await gone(lab, "at-once")
    await gone(lab, "later")
    assert "deletionTimestamp" not in (await lab.pod_when("never", bool))["metadata"]
    manager = {"user": "system:kube-controller-manager", "verb": "delete", "resource": "pods"}
    driven_out = {call.name: call.at for call in lab.books.calls(api="kubernetes", **manager)}
    assert list(driven_out) == ["at-once", "later"]
    assert (driven_out["later"] - tainted).total_seconds() >= lab.ground.pace.real(600)
    (event,) = await lab.events("later", "TaintManagerEviction")
    assert event["message"] == "Marking for deletion Pod default/later"


async def test_every_namespace_has_a_default_account(lab: Lab) -> None:
    await lab.client.create("namespaces", {"metadata": {"name": "prod-app"}})

    async def found() -> Object | None:
        return await lab.get("serviceaccounts", lab.namespace, "prod-app")

    before = await until(found)
    await lab.client.delete("serviceaccounts", lab.namespace, "prod-app")

    async def another() -> bool:
        account = await lab.get("serviceaccounts", lab.namespace, "prod-app")
        return bool(account and account["metadata"]["uid"] != before["metadata"]["uid"])

    await until(another)


async def test_cpu_that_is_taken_is_not_given_twice(lab: Lab) -> None:
    await lab.machine("node-1", cpu="2")
    await lab.machine("node-2", cpu="2")
    large = {"resources": {"requests": {"cpu": "1500m"}}}
    for name in ("one", "two", "three"):
        await lab.pod(name, container=large)
        await lab.pod_when(name, lambda pod: pod["status"].get("conditions"))

    def message(pod: Object) -> str:
        return next((str(each.get("message", "")) for each in pod["status"].get("conditions", ())), "")

    pod = await lab.pod_when("three", lambda pod: "Insufficient" in message(pod))
    no_victims = "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
    assert message(pod) == f"0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, {no_victims}"
    await lab.client.delete("pods", "one", lab.namespace)
    await lab.pod_when("three", is_ready)


async def test_a_taint_that_only_discourages_is_the_last_choice(lab: Lab) -> None:
    await lab.machine("node-1")
    await lab.machine("node-2")
    await lab.node_when("node-1", lambda node: not node["spec"].get("taints"))
    taint = {"key": "repull.dev/stale", "effect": "PreferNoSchedule"}
    await lab.client.patch("nodes", "node-1", {"spec": {"taints": [taint]}})
    for name in ("one", "two"):
        await lab.pod(name)
        assert (await lab.pod_when(name, is_ready))["spec"]["nodeName"] == "node-2"
    await lab.client.patch("nodes", "node-2", {"spec": {"unschedulable": True}})
    await lab.node_when("node-2", lambda node: node["spec"].get("taints"))
    await lab.pod("three")
    assert (await lab.pod_when("three", is_ready))["spec"]["nodeName"] == "node-1"


async def test_without_nodes_a_pod_is_told_so(lab: Lab) -> None:
    await lab.pod()
    pod = await lab.pod_when("pod", lambda pod: pod["status"].get("conditions"))
    assert pod["status"]["conditions"][0]["message"] == "no nodes available to schedule pods"
    await lab.machine()
    await lab.pod_when("pod", is_ready)


async def test_a_cordon_shows_as_a_taint_and_goes_with_it(lab: Lab) -> None:
    await lab.machine()
    await lab.client.patch("nodes", "node-1", {"spec": {"unschedulable": True}})
    node = await lab.node_when("node-1", lambda node: node["spec"].get("taints"))
    assert {each["key"] for each in node["spec"]["taints"]} <= {
        "node.kubernetes.io/unschedulable",
        "node.kubernetes.io/not-ready",
    }
    await lab.client.patch("nodes", "node-1", {"spec": {"unschedulable": None}})
    await lab.node_when("node-1", lambda node: not node["spec"].get("taints"))
