"""The controllers of Deployments and ReplicaSets: what they make, replace, move and delete."""

from tests.contract.machines.ground import HOST
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.simulated.workloads import names, nodes, status_when, workload
from tests.contract.machines.states import is_ready, is_stuck, waiting


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
