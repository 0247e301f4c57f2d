"""Controllers of workloads: what they make, replace, move and delete."""

from typing import Any

import pytest

from tests.contract.machines.ground import HOST
from tests.contract.machines.lab import IMAGE, Lab, until
from tests.contract.machines.states import is_ready, is_stuck, waiting

Object = dict[str, Any]

LABELS = {"app": "ocr"}


def template(image: str = IMAGE, **spec: Any) -> Object:
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", "image": image}], **spec}}


def workload(name: str = "ocr", *, image: str = IMAGE, **spec: Any) -> Object:
    pod = template(image, **spec.pop("pod", {}))
    return {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": LABELS}, "template": pod, **spec}}


async def status_when(lab: Lab, resource: str, **wanted: Any) -> Object:
    """The status of `ocr`, as soon as it says that."""

    async def found() -> Object | None:
        obj = await lab.get(resource, "ocr")
        status: Object = (obj or {}).get("status") or {}
        return status if all(status.get(key) == value for key, value in wanted.items()) else None

    return await until(found)


def names(pods: list[Object]) -> set[str]:
    return {pod["metadata"]["name"] for pod in pods}


def nodes(pods: list[Object]) -> list[str]:
    return sorted(pod["spec"].get("nodeName", "") for pod in pods)


async def test_a_deployment_runs_its_pods_and_spreads_them(lab: Lab) -> None:
    await lab.machine("node-1")
    await lab.machine("node-2")
    await lab.create("deployments", workload(replicas=4))
    status = await status_when(lab, "deployments", availableReplicas=4, updatedReplicas=4, unavailableReplicas=None)
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "Available": "True",
        "Progressing": "True",
    }
    pods = await lab.running_pods(4)
    assert nodes(pods) == ["node-1", "node-1", "node-2", "node-2"]
    (replicas,) = await lab.client.list("replicasets", lab.namespace)
    assert replicas["metadata"]["name"].startswith("ocr-")
    assert all(name.startswith(replicas["metadata"]["name"]) for name in names(pods))
    assert all("pod-template-hash" in pod["metadata"]["labels"] for pod in pods)
    assert replicas["status"]["readyReplicas"] == 4


async def test_a_deleted_pod_is_replaced(lab: Lab) -> None:
    await lab.machine()
    await lab.create("deployments", workload(replicas=2))
    before = await lab.running_pods(2)
    await lab.client.delete("pods", before[0]["metadata"]["name"], lab.namespace)

    async def replaced() -> bool:
        after = await lab.pods()
        return len(after) == 2 and before[0]["metadata"]["name"] not in names(after) and all(map(is_ready, after))

    await until(replaced)


async def test_scaling_down_takes_the_pods_that_wait_first(lab: Lab) -> None:
    stale = await lab.machine("node-1")
    stale.make_stale()
    await lab.machine("node-2")
    await lab.create("deployments", workload(replicas=4))

    async def half_of_them_wait() -> bool:
        pods = await lab.pods()
        return sum(map(is_ready, pods)) == 2 and sum(map(is_stuck, pods)) == 2

    await until(half_of_them_wait)
    await lab.client.patch("deployments", "ocr", {"spec": {"replicas": 2}}, lab.namespace)
    assert nodes(await lab.running_pods(2)) == ["node-2", "node-2"]


async def test_a_new_template_is_rolled_out_without_a_gap(lab: Lab) -> None:
    await lab.machine()
    lab.ground.images.push(f"{HOST}/acme/apps/ocr:v2")
    await lab.create("deployments", workload(replicas=4))
    await lab.running_pods(4)
    container = {"name": "app", "image": f"{HOST}/acme/apps/ocr:v2"}
    await lab.client.patch(
        "deployments", "ocr", {"spec": {"template": {"spec": {"containers": [container]}}}}, lab.namespace
    )

    async def rolled() -> bool:
        pods = await lab.pods()
        assert sum(map(is_ready, pods)) >= 3  # 25 % of four may be missing
        return len(pods) == 4 and all(pod["spec"]["containers"][0]["image"].endswith(":v2") for pod in pods)

    await until(rolled)
    await status_when(lab, "deployments", replicas=4, updatedReplicas=4, readyReplicas=4)


async def test_a_template_that_cannot_be_pulled_leaves_the_old_pods_alone(lab: Lab) -> None:
    await lab.machine()
    await lab.create("deployments", workload(replicas=4))
    await lab.running_pods(4)
    container = {"name": "app", "image": f"{HOST}/acme/apps/gone:v1"}
    await lab.client.patch(
        "deployments", "ocr", {"spec": {"template": {"spec": {"containers": [container]}}}}, lab.namespace
    )

    async def stuck() -> bool:
        pods = await lab.pods()
        return (
            sum(map(is_ready, pods)) == 3 and sum(waiting(pod).get("reason") == "ImagePullBackOff" for pod in pods) == 2
        )

    await until(stuck)


async def test_recreate_waits_until_the_old_pods_have_left(lab: Lab) -> None:
    await lab.machine()
    await lab.create("deployments", workload(replicas=2, strategy={"type": "Recreate"}))
    before = names(await lab.running_pods(2))
    change = {"spec": {"template": {"metadata": {"annotations": {"restarted": "now"}}}}}
    await lab.client.patch("deployments", "ocr", change, lab.namespace)

    async def replaced() -> bool:
        pods = await lab.pods()
        return len(pods) == 2 and all(map(is_ready, pods)) and not before & names(pods)

    await until(replaced)


async def test_what_a_deleted_deployment_owned_goes_too(lab: Lab) -> None:
    await lab.machine()
    await lab.create("deployments", workload(replicas=2))
    await lab.running_pods(2)
    await lab.client.delete("deployments", "ocr", lab.namespace)

    async def nothing_left() -> bool:
        return not await lab.pods() and not await lab.client.list("replicasets", lab.namespace)

    await until(nothing_left)


async def test_a_statefulset_starts_its_pods_in_order_and_gives_a_name_again(lab: Lab) -> None:
    await lab.machine()
    await lab.create("statefulsets", workload(replicas=3, serviceName="ocr"))
    pods = await lab.running_pods(3)
    assert names(pods) == {"ocr-0", "ocr-1", "ocr-2"}
    started = {pod["metadata"]["name"]: pod["metadata"]["creationTimestamp"] for pod in pods}
    assert started["ocr-0"] <= started["ocr-1"] <= started["ocr-2"]
    old = next(pod["metadata"]["uid"] for pod in pods if pod["metadata"]["name"] == "ocr-1")
    await lab.client.delete("pods", "ocr-1", lab.namespace)
    await lab.pod_when("ocr-1", lambda pod: pod["metadata"]["uid"] != old and is_ready(pod))


async def test_a_statefulset_waits_for_the_pod_before(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.create("statefulsets", workload(replicas=2, serviceName="ocr"))
    await lab.pod_when("ocr-0", lambda pod: waiting(pod).get("reason") == "ImagePullBackOff")
    assert names(await lab.pods()) == {"ocr-0"}


async def test_a_statefulset_shrinks_from_the_top(lab: Lab) -> None:
    await lab.machine()
    await lab.create("statefulsets", workload(replicas=3, serviceName="ocr", podManagementPolicy="Parallel"))
    await lab.running_pods(3)
    await lab.client.patch("statefulsets", "ocr", {"spec": {"replicas": 1}}, lab.namespace)
    assert names(await lab.running_pods(1)) == {"ocr-0"}


async def test_a_daemonset_has_a_pod_on_every_node_cordoned_or_not(lab: Lab) -> None:
    await lab.machine("node-1")
    await lab.machine("node-2")
    await lab.client.patch("nodes", "node-2", {"spec": {"unschedulable": True}})
    await lab.create("daemonsets", workload())
    await status_when(lab, "daemonsets", desiredNumberScheduled=2, numberReady=2, numberUnavailable=None)
    await lab.machine("node-3")
    assert nodes(await lab.running_pods(3)) == ["node-1", "node-2", "node-3"]


async def test_a_daemon_comes_back_on_its_node_and_not_where_a_taint_keeps_it_off(lab: Lab) -> None:
    await lab.machine("node-1")
    await lab.machine("node-2")
    await lab.create("daemonsets", workload())
    pods = await lab.running_pods(2)
    taint = {"key": "repull.dev/stale", "effect": "NoSchedule"}
    node = await lab.node_when("node-2", lambda node: not node["spec"].get("taints"))
    metadata = {"resourceVersion": node["metadata"]["resourceVersion"]}
    await lab.client.patch("nodes", "node-2", {"metadata": metadata, "spec": {"taints": [taint]}})
    await status_when(lab, "daemonsets", desiredNumberScheduled=1, numberMisscheduled=1)
    for pod in pods:
        await lab.client.delete("pods", pod["metadata"]["name"], lab.namespace)

    async def only_one_came_back() -> bool:
        after = await lab.pods()
        return not names(pods) & names(after) and nodes(after) == ["node-1"] and all(map(is_ready, after))

    await until(only_one_came_back)


async def test_a_daemonset_keeps_to_its_node_selector(lab: Lab) -> None:
    await lab.machine("node-1")
    await lab.machine("node-2", node_labels={"gpu": "yes"})
    await lab.create("daemonsets", workload(pod={"nodeSelector": {"gpu": "yes"}}))
    assert nodes(await lab.running_pods(1)) == ["node-2"]


async def test_a_failed_daemon_is_replaced(lab: Lab) -> None:
    machine = await lab.machine(cpu="2")
    await lab.create("daemonsets", workload())
    (before,) = await lab.running_pods(1)
    await lab.client.patch("pods/status", before["metadata"]["name"], {"status": {"phase": "Failed"}}, lab.namespace)
    await machine.reset()

    async def replaced() -> bool:
        pods = await lab.pods()
        return len(pods) == 1 and not names(pods) & {before["metadata"]["name"]} and is_ready(pods[0])

    await until(replaced)


def job(image: str, **spec: Any) -> Object:
    return {"metadata": {"name": "ocr"}, "spec": {"template": template(image, restartPolicy="Never"), **spec}}


async def finished_job(lab: Lab) -> Object:
    """The status of the job `ocr` when it is over."""

    async def found() -> Object | None:
        status: Object = ((await lab.get("jobs", "ocr")) or {}).get("status") or {}
        over = {"Complete", "Failed"} & {each["type"] for each in status.get("conditions") or ()}
        return status if over else None

    return await until(found)


async def test_a_job_runs_to_its_end(lab: Lab) -> None:
    await lab.machine()
    lab.ground.images.push(f"{HOST}/acme/apps/once:v1", labels={"sandbox.exit": "0"})
    await lab.create("jobs", job(f"{HOST}/acme/apps/once:v1", completions=2))
    status = await finished_job(lab)
    assert (status["succeeded"], status.get("active")) == (2, None)
    assert [each["type"] for each in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert [pod["status"]["phase"] for pod in await lab.pods()] == ["Succeeded", "Succeeded"]
    assert not any(pod["metadata"].get("finalizers") for pod in await lab.pods())


async def test_a_job_tries_again_until_its_limit(lab: Lab) -> None:
    await lab.machine()
    lab.ground.images.push(f"{HOST}/acme/apps/fails:v1", labels={"sandbox.exit": "1"})
    await lab.create("jobs", job(f"{HOST}/acme/apps/fails:v1", backoffLimit=2))
    status = await finished_job(lab)
    assert status["failed"] == 3
    said = [(each["type"], each["reason"]) for each in status["conditions"]]
    assert said == [("FailureTarget", "BackoffLimitExceeded"), ("Failed", "BackoffLimitExceeded")]


async def test_deleting_the_waiting_pod_of_a_job_without_retries_fails_the_job_for_good(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.create("jobs", job(IMAGE, backoffLimit=0))

    async def waits() -> Object | None:
        return next((pod for pod in await lab.pods() if is_stuck(pod)), None)

    pod = await until(waits)
    await lab.client.delete("pods", pod["metadata"]["name"], lab.namespace)
    status = await finished_job(lab)
    assert status["failed"] == 1
    assert status["conditions"][0]["reason"] == "BackoffLimitExceeded"

    async def gone() -> bool:
        return not await lab.pods()

    await until(gone)


async def test_the_pods_of_a_deleted_job_go_although_it_held_them(lab: Lab) -> None:
    await lab.machine()
    await lab.create("jobs", job(IMAGE))
    await lab.running_pods(1)
    await lab.client.delete("jobs", "ocr", lab.namespace)

    async def gone() -> bool:
        return not await lab.pods()

    await until(gone)


@pytest.mark.parametrize(
    "spec, allowed, desired",
    [
        pytest.param({"minAvailable": 3}, 1, 3, id="number available"),
        pytest.param({"minAvailable": "50%"}, 2, 2, id="percentage available"),
        pytest.param({"maxUnavailable": 1}, 1, 3, id="number unavailable"),
        pytest.param({"maxUnavailable": "30%"}, 2, 2, id="percentage unavailable, rounded up"),
        pytest.param({"maxUnavailable": 0}, 0, 4, id="none"),
        pytest.param({"minAvailable": 4}, 0, 4, id="all"),
    ],
)
async def test_a_budget_counts(lab: Lab, spec: Object, allowed: int, desired: int) -> None:
    await lab.machine()
    await lab.create("deployments", workload(replicas=4))
    budget = {"metadata": {"name": "ocr"}, "spec": {"selector": {"matchLabels": LABELS}, **spec}}
    await lab.create("poddisruptionbudgets", budget)
    wanted = {"expectedPods": 4, "currentHealthy": 4, "desiredHealthy": desired, "disruptionsAllowed": allowed}
    status = await status_when(lab, "poddisruptionbudgets", **wanted)
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"]) == ("DisruptionAllowed", "True" if allowed else "False")


async def test_a_budget_gives_back_what_an_eviction_took_when_the_replacement_is_ready(lab: Lab) -> None:
    await lab.machine()
    await lab.create("deployments", workload(replicas=2))
    budget = {"metadata": {"name": "ocr"}, "spec": {"selector": {"matchLabels": LABELS}, "maxUnavailable": 1}}
    await lab.create("poddisruptionbudgets", budget)
    (pod, _) = await lab.running_pods(2)
    await status_when(lab, "poddisruptionbudgets", disruptionsAllowed=1)
    name = pod["metadata"]["name"]
    await lab.create("pods/eviction", {"metadata": {"name": name, "namespace": lab.namespace}})
    await status_when(lab, "poddisruptionbudgets", disruptionsAllowed=0)
    await status_when(lab, "poddisruptionbudgets", disruptionsAllowed=1, disruptedPods=None, currentHealthy=2)
