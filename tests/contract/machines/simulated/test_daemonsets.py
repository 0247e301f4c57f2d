"""The controller of DaemonSets: a pod on every node that takes it."""

from sandbox.kube.client import ApiError
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.simulated.workloads import names, nodes, status_when, workload
from tests.contract.machines.states import is_ready


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
    await until(lambda: tainted(lab, "node-2"))
    await status_when(lab, "daemonsets", desiredNumberScheduled=1, numberMisscheduled=1)
    for pod in pods:
        await lab.client.delete("pods", pod["metadata"]["name"], lab.namespace)

    async def only_one_came_back() -> bool:
        after = await lab.pods()
        return not names(pods) & names(after) and nodes(after) == ["node-1"] and all(map(is_ready, after))

    await until(only_one_came_back)


async def tainted(lab: Lab, name: str) -> bool:
    """Whether it is done: a kubelet and a controller write to the node as well, and nothing of theirs may be lost."""
    node = await lab.node_when(name, lambda node: not node["spec"].get("taints"))
    seen = {"resourceVersion": node["metadata"]["resourceVersion"]}
    taint = {"key": "repull.dev/stale", "effect": "NoSchedule"}
    try:
        await lab.client.patch("nodes", name, {"metadata": seen, "spec": {"taints": [taint]}})
    except ApiError as fault:
        if fault.status != 409:
            raise
        return False
    return True


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
